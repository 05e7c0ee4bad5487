"""Run one trial to its end, whatever happens in it."""

from __future__ import annotations

import math
import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from vla_sim.agent import Agent, PrivilegedAgent
from vla_sim.bench.plan import Trial
from vla_sim.bench.record import Outcome, TrialRecord
from vla_sim.errors import SimulatorError
from vla_sim.seeding import derive_seed

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")


@dataclass(frozen=True, slots=True)
class Finished:
    """A trial's record, and the traceback where it ended in an error."""

    record: TrialRecord
    trace: str = ""


@dataclass(slots=True)
class Progress:
    """How far a trial came, for the record of an error."""

    steps: int = 0
    time: float = 0.0


class _AgentError(Exception):
    """The agent raised; the cause is chained."""


class _FaultError(Exception):
    """A fault was not applied as requested."""


class Watcher(Protocol):
    """Looks on while a trial runs."""

    def watch(self, env: VlaSimEnv, observation: Mapping[str, Any], info: Mapping[str, Any]) -> None:
        """Take note of what ``reset`` and then every ``step`` returned."""
        ...


def run_trial(env: VlaSimEnv, agent: Agent, trial: Trial, watchers: Sequence[Watcher] = ()) -> Finished:
    """Run a trial and say what came of it; only KeyboardInterrupt and its like get out.

    An error of the simulator is a ``simulator_crash``; one of the agent or of the testbench a ``harness_error``.
    """
    progress = Progress()
    try:
        info = _run(env, agent, trial, watchers, progress)
    except SimulatorError as error:
        return failed(trial, "simulator_crash", f"simulator: {one_line(error)}", progress)
    except _AgentError as error:
        return failed(
            trial, "harness_error", f"agent {type(agent).__name__} raised {one_line(error.__cause__)}", progress
        )
    except _FaultError as error:
        return failed(trial, "harness_error", str(error), progress)
    except Exception as error:
        return failed(trial, "harness_error", one_line(error), progress)
    success = bool(info["success"])
    return Finished(
        TrialRecord(
            **identity(trial),
            words=[dict(said) for said in env.episode.script()],
            heard=[dict(heard) for heard in env.heard],
            faults=[dict(fault) for fault in info["faults"]],
            outcome="success" if success else "failure",
            reason="" if success else str(info["reason"]),
            steps=progress.steps,
            sim_time=_rounded(info["time"]),
            progress=_rounded(info["progress"]),
            chance=_rounded(env.episode.chance),
            metrics={name: _finite(value) for name, value in sorted(info["metrics"].items())},
        )
    )


def failed(trial: Trial, outcome: Outcome, reason: str, progress: Progress | None = None) -> Finished:
    """Return the end of a trial that an error being handled cut short."""
    done = progress or Progress()
    record = TrialRecord(
        **identity(trial), outcome=outcome, reason=reason, steps=done.steps, sim_time=_rounded(done.time)
    )
    return Finished(record, traceback.format_exc())


def lost_trial(trial: Trial, reason: str) -> TrialRecord:
    """Return the record of a trial whose worker died under it."""
    return TrialRecord(**identity(trial), outcome="simulator_crash", reason=reason)


def not_executed(trial: Trial) -> TrialRecord:
    """Return what stands for a trial that was never run; it is shown in reports and never in a ledger."""
    return TrialRecord(**identity(trial), outcome="not_executed", reason="the run ended before it")


def identity(trial: Trial) -> dict[str, Any]:
    """Return the fields of a record that are known before the trial runs."""
    cell = trial.cell
    return {
        "id": trial.id,
        "scenario": cell.name,
        "world": cell.world,
        "task": cell.task,
        "arm": trial.arm,
        "index": trial.index,
        "seed": trial.seed,
    }


def one_line(error: BaseException | None) -> str:
    """Return an error as one short line that is the same in every run."""
    text = " ".join(str(error).split())
    shown = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return _ADDRESS.sub("0x...", shown)[:300]


def _run(
    env: VlaSimEnv, agent: Agent, trial: Trial, watchers: Sequence[Watcher], progress: Progress
) -> Mapping[str, Any]:
    """Run the control loop to the verdict and return the last ``info``."""
    options = {"task": trial.cell.task, "faults": list(trial.faults), "words": trial.cell.words}
    observation, info = env.reset(seed=trial.seed, options=options)
    _check_faults(info["faults"])
    try:
        if isinstance(agent, PrivilegedAgent):
            agent.attach(env)
        agent.reset(derive_seed(trial.seed, "agent"))
    except (Exception, SystemExit) as error:
        raise _AgentError from error
    for watcher in watchers:
        watcher.watch(env, observation, info)
    ended = False
    while not ended:
        try:
            action = agent.act(observation)
        except (Exception, SystemExit) as error:
            raise _AgentError from error
        observation, _, terminated, truncated, info = env.step(action)
        progress.steps += 1
        progress.time = info["time"]
        for watcher in watchers:
            watcher.watch(env, observation, info)
        ended = terminated or truncated
    _check_faults(info["faults"])
    return info


def _check_faults(report: list[Mapping[str, Any]]) -> None:
    for fault in report:
        if fault["status"] == "unsupported":
            raise _FaultError(f"fault {fault['kind']} on '{fault['target']}' cannot be applied: {fault.get('reason')}")


def _rounded(value: float) -> float:
    return round(float(value), 6)


def _finite(value: float) -> float | None:
    return _rounded(value) if math.isfinite(value) else None
