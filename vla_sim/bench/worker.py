"""Runs trials one after the other, and keeps what they leave behind."""

from __future__ import annotations

import contextlib
import faulthandler
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vla_sim.agent import Agent, action_type, load_agent
from vla_sim.bench.atomic import write_text
from vla_sim.bench.latency import keep_latencies, latencies_of
from vla_sim.bench.ledger import LATENCIES, LOGS, TRACKS
from vla_sim.bench.plan import Cell, Plan, Trial
from vla_sim.bench.record import ERRORS, TrialRecord
from vla_sim.bench.track import Track
from vla_sim.bench.trial import Finished, Watcher, failed, one_line, run_trial
from vla_sim.errors import InputError, SimulatorError

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

MAX_ENVIRONMENTS = 3
"""Environments that a worker keeps built; a plan walks through its worlds in order, so few are enough."""
MAX_LOG = 40_000
"""Characters of a trial's log."""

MakeEnv = Callable[[Plan, Cell], "VlaSimEnv"]


def make_env(plan: Plan, cell: Cell) -> VlaSimEnv:
    """Build the environment of a cell, with the actions that the agent gives."""
    from vla_sim.envs.env import VlaSimEnv

    return VlaSimEnv(
        world=cell.world_source,
        task=cell.task,
        robot=cell.robot,
        engine=plan.engine,
        control_rate=cell.control_rate,
        sensors=cell.sensors,
        variation=cell.variation,
        renderer=plan.renderer,
        action_type=action_type(plan.agent),
    )


class Stage:
    """Where trials of a plan are run one after the other, with the agent and some environments kept between them."""

    def __init__(self, plan: Plan, make_env: MakeEnv = make_env):
        self._plan = plan
        self._make_env = make_env
        self._agent: Agent | None = None
        self._envs: dict[str, VlaSimEnv] = {}

    def agent(self) -> Agent:
        """Return the agent, loaded once.

        Raises:
            InputError: it cannot be loaded.
        """
        if self._agent is None:
            self._agent = load_agent(self._plan.agent)
        return self._agent

    def run(self, trial: Trial, watchers: Sequence[Watcher]) -> Finished:
        """Run one trial; after an error its environment is given up.

        Raises:
            InputError: the agent cannot be loaded, or the environment cannot be built as the suite wants it.
        """
        finished = self._run(trial, watchers)
        if finished.record.outcome in ERRORS:
            self._drop(trial.cell)
        return finished

    def close(self) -> None:
        """Free every environment."""
        for key in list(self._envs):
            self._envs.pop(key).close()

    def _run(self, trial: Trial, watchers: Sequence[Watcher]) -> Finished:
        agent = self.agent()
        try:
            env = self._environment(trial.cell)
        except InputError:
            raise
        except SimulatorError as error:
            return failed(trial, "simulator_crash", f"simulator: {one_line(error)}")
        except Exception as error:
            return failed(trial, "harness_error", one_line(error))
        return run_trial(env, agent, trial, watchers)

    def _environment(self, cell: Cell) -> VlaSimEnv:
        key = _environment_key(cell)
        if key not in self._envs:
            if len(self._envs) >= MAX_ENVIRONMENTS:
                self._envs.pop(next(iter(self._envs))).close()
            self._envs[key] = self._make_env(self._plan, cell)
        return self._envs[key]

    def _drop(self, cell: Cell) -> None:
        """Close an environment that an error left in an unknown state."""
        env = self._envs.pop(_environment_key(cell), None)
        if env is not None:
            with contextlib.suppress(Exception):  # the error that is being handled matters more
                env.close()


class Worker:
    """Runs trials one after the other on a stage and keeps what they leave in a run's folder."""

    def __init__(self, plan: Plan, folder: Path, make_env: MakeEnv):
        self._folder = folder
        self._stage = Stage(plan, make_env)

    def __call__(self, trial: Trial) -> TrialRecord:
        """Run one trial, write its track and, after an error, its log; return its record.

        Raises:
            InputError: the agent cannot be loaded, or the environment cannot be built as the suite wants it.
        """
        agent = self._stage.agent()
        answers = len(latencies_of(agent))
        track = Track()
        with _native_crashes_into(self._folder / LOGS / f"{trial.id}.txt"):
            finished = self._stage.run(trial, [track])
        if track.began:
            track.save(self._folder / TRACKS / f"{trial.id}.json")
        keep_latencies(self._folder, trial.id, latencies_of(agent)[answers:])
        if finished.record.outcome in ERRORS:
            write_log(self._folder, trial, finished.trace)
        return finished.record

    def close(self) -> None:
        """Free every environment."""
        self._stage.close()


def forget(folder: Path, trial: Trial) -> None:
    """Remove what a trial that does not count has left in a run's folder."""
    (folder / TRACKS / f"{trial.id}.json").unlink(missing_ok=True)
    (folder / LOGS / f"{trial.id}.txt").unlink(missing_ok=True)
    (folder / LATENCIES / f"{trial.id}.json").unlink(missing_ok=True)


def write_log(folder: Path, trial: Trial, text: str) -> None:
    """Keep the traceback of a trial that ended in an error; of a very long one its beginning and end."""
    half = MAX_LOG // 2
    kept = text if len(text) <= MAX_LOG else f"{text[:half]}\n[...]\n{text[-half:]}"
    write_text(folder / LOGS / f"{trial.id}.txt", kept)


@contextlib.contextmanager
def _native_crashes_into(log: Path) -> Iterator[None]:
    """Have the interpreter write where it was into a log, should a signal such as SIGSEGV end the process."""
    if faulthandler.is_enabled():
        yield  # someone else has chosen where that goes
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        faulthandler.enable(file)
        try:
            yield
        finally:
            faulthandler.disable()
    log.unlink()


def _environment_key(cell: Cell) -> str:
    """Cells with the same key differ only in what a reset can change."""
    parts = cell.model_dump(include={"world_source", "robot", "control_rate", "sensors", "variation"}, mode="json")
    return json.dumps(parts, sort_keys=True)
