"""Writes a trial as an episode while it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.agent import Agent, PrivilegedAgent
from vla_sim.bench.plan import Trial
from vla_sim.bench.record import ERRORS, TrialRecord
from vla_sim.dataset.part import PartWriter
from vla_sim.dataset.schema import LINES, schema_of
from vla_sim.faults.injector import Window
from vla_sim.faults.target import COMMAND, JOINTS
from vla_sim.seeding import derive_seed

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv


class Recorder:
    """A watcher of one trial.

    Args:
        folder: the episode's part; see ``part.PartWriter``.
        trial: what runs.
        label: an agent that says at each step what it would do; that, and not what was done, is then the action.
    """

    def __init__(self, folder: Path, trial: Trial, label: Agent | None = None):
        self._folder, self._trial, self._label = folder, trial, label
        self._writer: PartWriter | None = None
        self._faults = FaultLines()
        self._said: NDArray[np.float32] | None = None

    def watch(self, env: VlaSimEnv, observation: Mapping[str, Any], info: Mapping[str, Any]) -> None:
        """Record what the agent sees, and what it did about what it had seen."""
        if self._writer is None:
            schema = schema_of(env, self._trial.cell.control_rate, labelled=self._label is not None)
            self._writer = PartWriter(self._folder, schema)
            if isinstance(self._label, PrivilegedAgent):
                self._label.attach(env)
            if self._label is not None:
                self._label.reset(derive_seed(self._trial.seed, "label"))
        else:
            executed = env.told
            self._writer.act(
                executed if self._said is None else self._said,
                env.reward,
                done=bool(info["success"] or info["reason"]),
                success=bool(info["success"]),
                executed=executed,
            )
        self._writer.look(observation, self._faults.at(env))
        if self._label is not None and not (info["success"] or info["reason"]):
            said = np.asarray(self._label.act(observation), np.float32)
            self._said = np.clip(said, env.body.low, env.body.high)

    def finish(self, record: TrialRecord) -> None:
        """Make the episode whole, or remove what there is of a trial that ended in an error."""
        if self._writer is None:
            return
        if record.outcome in ERRORS:
            self._writer.abandon()
        else:
            self._writer.close(record.model_dump(mode="json"))


class FaultLines:
    """Which sensors, and which of ``LINES``, a fault is on, from one control step to the next.

    A fault on the joints' goals is one on the command.
    """

    def __init__(self) -> None:
        self._windows: list[Window] = []
        self._since = -math.inf

    def at(self, env: VlaSimEnv) -> NDArray[np.int8]:
        """Return 1 for each sensor and line that a fault was on since the last observation, in the order of names."""
        now = env.time
        self._windows = [window for window in self._windows if window.end > self._since]
        self._windows += env.injector.windows(self._since, now)
        self._since = now
        failing = {window.target for window in self._windows}
        if JOINTS in failing:
            failing.add(COMMAND)
        return np.array([name in failing for name in (*env.sensor_names, *LINES)], np.int8)
