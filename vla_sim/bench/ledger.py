"""The folder of a run: a plan that never changes, and a ledger that only grows.

Killing a run at any moment loses at most the trials that were under way; running it again completes the ledger to
the same bytes, because records stand in the plan's order and hold nothing of clock or machine.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from vla_sim.bench.atomic import write_text
from vla_sim.bench.plan import Plan
from vla_sim.bench.record import TrialRecord, read_records
from vla_sim.errors import InputError

PLAN = "plan.json"
TRIALS = "trials.jsonl"
SUMMARY = "summary.json"
JUNIT = "junit.xml"
REPORT = "report.html"
MANIFEST = "manifest.json"
SEARCH = "search.json"
FOUND = "found.yaml"
MAPS = "maps"
TRACKS = "trials"
VIDEOS = "videos"
LOGS = "logs"
LATENCIES = "latencies"

_CONTENTS = (TRIALS, SUMMARY, JUNIT, REPORT, MANIFEST, SEARCH, FOUND, MAPS, TRACKS, VIDEOS, LOGS, LATENCIES, PLAN)
"""What a run leaves in its folder; the plan, which makes it one, last."""

AnyPlan = TypeVar("AnyPlan", bound=Plan)


def video_path(folder: Path, trial_id: str) -> Path:
    """Return where the film of a trial lies."""
    return folder / VIDEOS / f"{trial_id}.mp4"


def recording_path(folder: Path, trial_id: str) -> Path:
    """Return where the recording of a trial lies."""
    return folder / TRACKS / f"{trial_id}.mcap"


class Ledger:
    """The open ledger of one run. Only one process at a time may hold it."""

    def __init__(self, file: BinaryIO, records: list[TrialRecord]):
        self._file = file
        self.records = records

    def append(self, record: TrialRecord) -> None:
        """Write one record through to the disk."""
        self._file.write(record.to_json().encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.records.append(record)


@contextmanager
def open_ledger(folder: Path, plan: Plan, *, fresh: bool = False) -> Iterator[Ledger]:
    """Open the ledger in a folder, new or to be resumed; a torn last line is dropped.

    Raises:
        InputError: the folder holds another plan, something else than a run, or is in use.
    """
    _claim(folder, plan, fresh)
    with (folder / TRIALS).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError("another run is writing here; wait for it, or use another --out", file=folder) from None
        records = read_records(folder / TRIALS)
        written = (folder / TRIALS).read_bytes()
        if not written.endswith(b"\n"):
            file.truncate(written.rfind(b"\n") + 1)
        for record, trial in zip(records, plan.trials(), strict=False):
            if record.id != trial.id or record.seed != trial.seed:
                raise InputError(f"'{record.id}' stands where '{trial.id}' belongs; use --fresh", file=folder / TRIALS)
        yield Ledger(file, records)


def _empty(folder: Path) -> None:
    """Remove an earlier run, and nothing else that may lie in the folder."""
    for name in _CONTENTS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _claim(folder: Path, plan: Plan, fresh: bool) -> None:
    """Write the plan into an empty folder, or see that the folder's plan is this one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror}; choose another folder with --out", file=folder) from error
    path = folder / PLAN
    holds_run = path.is_file()
    if holds_run and fresh:
        _empty(folder)
    elif holds_run:
        difference = _difference(_read_plan(folder, type(plan)), plan)
        if difference:
            raise InputError(
                f"holds another run ({difference}); choose another folder with --out, or start over with --fresh",
                file=folder,
            )
        return
    if not holds_run and any(entry.name != f"{PLAN}.tmp" for entry in folder.iterdir()):
        raise InputError("is not empty and holds no run; choose another folder with --out", file=folder)
    write_text(path, plan.to_json())


def _difference(old: Plan, new: Plan) -> str:
    for field in type(new).model_fields:
        if getattr(old, field) != getattr(new, field):
            short = field in ("version", "suite", "seed", "agent", "engine", "renderer", "optuna")
            return f"{field} '{getattr(old, field)}', not '{getattr(new, field)}'" if short else f"other {field}"
    return ""


def read_plan(folder: Path) -> Plan:
    """Read the plan of a run's folder.

    Raises:
        InputError: there is none, or it is damaged.
    """
    return _read_plan(folder, Plan)


def _read_plan(folder: Path, model: type[AnyPlan]) -> AnyPlan:
    path = folder / PLAN
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}; is this the folder of a run?", file=path) from error
    except ValueError as error:
        raise InputError("is no plan of this version of vla_sim; start over with --fresh", file=path) from error
