"""A suite's trials as a dataset: run side by side, put together in the plan's order, resumed where it was cut."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vla_sim.agent import action_type, load_agent
from vla_sim.bench.atomic import write_text
from vla_sim.bench.plan import Plan, Trial
from vla_sim.bench.record import ERRORS, TrialRecord
from vla_sim.bench.runner import record_of
from vla_sim.bench.schema import nearest
from vla_sim.bench.worker import MakeEnv, Stage, make_env, write_log
from vla_sim.bench.workforce import RunOptions, trial_pool
from vla_sim.dataset import layout
from vla_sim.dataset.assembly import assemble
from vla_sim.dataset.part import Part, read_part
from vla_sim.dataset.recorder import Recorder
from vla_sim.dataset.schema import LABELS, Schema
from vla_sim.errors import InputError

_ORDER = "order.json"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Order:
    """What a dataset is to hold: everything that decides its bytes.

    Args:
        plan: the trials.
        label: the agent whose actions are recorded in the place of those that are executed; "" for none.
        successes: whether only trials that succeeded become episodes.
    """

    plan: Plan
    label: str = ""
    successes: bool = False

    def to_json(self) -> str:
        """Return the text that tells two orders apart."""
        facts = {"label": self.label, "successes": self.successes, "plan": json.loads(self.plan.to_json())}
        return json.dumps(facts, indent=1) + "\n"


def chosen_arms(plan: Plan, arms: list[str]) -> Plan:
    """Return a plan with some of its arms alone.

    Raises:
        InputError: no scenario has an arm of that name.
    """
    for arm in arms:
        if arm not in plan.arms:
            raise InputError(f"the suite has no arm '{arm}'{nearest(arm, plan.arms)}", field="--arm")
    cells = [
        cell.model_copy(update={"arms": {arm: faults for arm, faults in cell.arms.items() if arm in arms}})
        for cell in plan.cells
    ]
    return plan.model_copy(update={"cells": tuple(cell for cell in cells if cell.arms)}) if arms else plan


def record_dataset(
    order: Order,
    folder: Path,
    options: RunOptions,
    listener: Callable[[TrialRecord], None],
    *,
    fresh: bool = False,
    make_env: MakeEnv = make_env,
) -> list[TrialRecord]:
    """Run the trials that are not there yet and put the dataset together; return the records of all.

    What ended in an error is no episode, and is tried again next time. A dataset that is complete is left as it is.

    Raises:
        InputError: the folder holds something else, the agent or a world cannot be loaded, or no trial can be used.
    """
    if order.label and action_type(order.label) not in LABELS:
        raise InputError(f"'{order.label}' gives words, not speeds or joint goals", field="--label")
    parts = folder / layout.PARTS
    with _claimed(order, folder, fresh) as complete:
        if complete:
            return []
        trials = list(order.plan.trials())
        records = {trial.id: _earlier(parts, trial) for trial in trials}
        todo = [trial for trial in trials if records[trial.id] is None]
        worker = functools.partial(_EpisodeWorker, label=order.label)
        schema = next((part.schema_ for trial in trials if (part := read_part(_part(parts, trial)))), None)
        with trial_pool(order.plan, parts, options, make_env, worker) as pool:
            for trial, answer in zip(todo, pool.run(todo), strict=True):
                record = record_of(trial, answer)
                part = read_part(_part(parts, trial))
                schema = _same(schema, part, trial)
                records[trial.id] = record
                listener(record)
        found = [done for trial in trials if (done := records[trial.id]) is not None]
        used = [
            _part(parts, trial)
            for trial, done in zip(trials, found, strict=True)
            if done.outcome not in ERRORS and (done.succeeded or not order.successes)
        ]
        if not used:
            raise InputError("no trial can be used; see logs in " + str(parts), file=folder)
        assemble(folder, used, json.loads(order.to_json()))
        if all(done.outcome not in ERRORS for done in found):
            shutil.rmtree(parts)
        return found


class _EpisodeWorker:
    """Runs trials one after the other and leaves each as a part of a dataset."""

    def __init__(self, plan: Plan, folder: Path, make_env: MakeEnv, label: str):
        self._folder = folder
        self._stage = Stage(plan, make_env)
        self._label = load_agent(label) if label else None

    def __call__(self, trial: Trial) -> TrialRecord:
        """Run one trial and return its record."""
        recorder = Recorder(_part(self._folder, trial), trial, self._label)
        finished = self._stage.run(trial, [recorder])
        recorder.finish(finished.record)
        if finished.record.outcome in ERRORS:
            write_log(self._folder, trial, finished.trace)
        return finished.record


def _part(parts: Path, trial: Trial) -> Path:
    return parts / trial.id


def _earlier(parts: Path, trial: Trial) -> TrialRecord | None:
    part = read_part(_part(parts, trial))
    return None if part is None else TrialRecord.model_validate(part.facts)


def _same(schema: Schema | None, part: Part | None, trial: Trial) -> Schema | None:
    """Return the schema of the episodes so far; one that differs ends the recording early rather than late."""
    if part is None or schema is None or part.schema_ == schema:
        return schema if part is None else part.schema_
    raise InputError(
        f"'{trial.id}' has other sensors or another rate than the trials before it; record its scenario apart",
        field="SUITE",
    )


@contextlib.contextmanager
def _claimed(order: Order, folder: Path, fresh: bool) -> Iterator[bool]:
    """Hold a folder for an order; yield whether the dataset is complete there.

    Raises:
        InputError: it holds something else, or is in use.
    """
    claim_folder(folder, fresh=fresh)
    parts = folder / layout.PARTS
    parts.mkdir(parents=True, exist_ok=True)
    with (folder / layout.PARTS / _LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                "another recording is writing here; wait for it, or use another --out", file=folder
            ) from None
        wanted = order.to_json()
        begun = parts / _ORDER
        complete = (folder / layout.INFO).is_file() and not begun.is_file()
        there = _origin(folder) if complete else begun.read_text(encoding="utf-8") if begun.is_file() else None
        if there is not None and json.loads(there) != json.loads(wanted):
            raise InputError(
                "the folder holds another recording; use --fresh to delete it, or another --out", file=folder
            )
        if not complete:
            write_text(begun, wanted)
        yield complete
        if complete:
            shutil.rmtree(parts)


def _origin(folder: Path) -> str:
    """Return the order of a complete dataset."""
    try:
        ours = json.loads((folder / layout.OURS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        ours = {}
    return json.dumps({key: ours.get(key) for key in ("label", "successes", "plan")})


def claim_folder(folder: Path, *, fresh: bool) -> None:
    """See that a dataset may be written into a folder, and empty it if it is to be begun anew.

    Raises:
        InputError: the folder holds something that is no dataset.
    """
    ours = (layout.PARTS, "data", "videos", "meta", ".assembly")
    if folder.exists() and not folder.is_dir():
        raise InputError("this is no folder", file=folder)
    begun = (folder / layout.INFO).is_file() or (folder / layout.PARTS).is_dir()
    if folder.is_dir() and not begun and any(path.name not in ours for path in folder.iterdir()):
        raise InputError("the folder holds something that is no dataset; use another --out", file=folder)
    if fresh:
        for name in ours:
            shutil.rmtree(folder / name, ignore_errors=True)
