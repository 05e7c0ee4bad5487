"""A world of one dimension and agents that go wrong in it: the runner's machinery without a simulator."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from vla_sim.bench.plan import Cell, Plan
from vla_sim.engines.engine import ModelState, Truth
from vla_sim.errors import SimulatorError
from vla_sim.faults.spec import FaultSpec
from vla_sim.geometry import Pose
from vla_sim.seeding import generator

BLACKOUT = FaultSpec(target="camera", kind="blackout", onset=0.3)
DROPOUT = FaultSpec(target="imu", kind="dropout")


def make_plan(agent="bench_doubles:Walker", trials=3, cells=2, arms=None, gates=None, **changes) -> Plan:
    arms = {"clean": (), "blackout": (BLACKOUT,)} if arms is None else arms
    return Plan(
        suite="double",
        description="",
        seed=5,
        agent=agent,
        engine="double",
        renderer="auto",
        cells=tuple(
            Cell(
                name=f"walk{index}",
                world="line",
                world_source="line",
                world_hash="0" * 16,
                task="walk",
                words="seen",
                robot=None,
                trials=trials,
                control_rate=10.0,
                sensors=None,
                variation=None,
                arms=arms,
                gates=gates or {},
            )
            for index in range(cells)
        ),
        **changes,
    )


@dataclass
class Episode:
    placements: dict = field(default_factory=dict)
    chance: float = 0.25
    words: str = "walk to the end"
    plan: tuple = ()

    def script(self):
        return [{"time": 0.0, "words": self.words}]


class LineEnv:
    """The robot starts at 0 and has 20 steps to reach 1 m; one seed in four starts too far away."""

    sensor_names = ("camera", "imu")
    site = SimpleNamespace(robot=SimpleNamespace(name="robot"), objects={})
    heard = ()

    def __init__(self, plan: Plan, cell: Cell):
        self.closed = False

    def reset(self, *, seed, options):
        assert not self.closed
        self._rng = generator(seed, "line")
        self._x = float(-(self._rng.integers(0, 4) ** 2) / 4)
        self._steps = 0
        self._faults = options["faults"]
        self.episode = Episode()
        return self._observe(), self._info()

    def step(self, action):
        if float(action[0]) > 90.0:
            raise SimulatorError("diverged at 0.1 s")
        self._x += 0.1 * float(action[0])
        self._steps += 1
        info = self._info()
        return self._observe(), 0.0, info["success"], self._steps >= 20, info

    @property
    def truth(self):
        return Truth(self._steps / 10, {"robot": ModelState(Pose.planar(self._x, 0.0))})

    def close(self):
        self.closed = True

    def _observe(self):
        faulty = any(fault.onset <= self._steps / 10 for fault in self._faults)
        level = 0 if faulty else 50 + 5 * self._steps
        return {
            "camera": np.full((8, 8, 3), level, np.uint8),
            "imu": np.zeros((1, 6), np.float32),
            "age": np.array([0.0, 0.1], np.float32),
            "valid": np.array([1, self._steps > 3], np.int8),
            "goal": "walk to the end",
        }

    def _info(self):
        success = self._x >= 1.0
        return {
            "success": success,
            "reason": "" if success else "timeout",
            "progress": float(np.clip(self._x, 0.0, 1.0)),
            "metrics": {"spl": 1.0 * success, "clearance": float("inf")},
            "time": self._steps / 10,
            "faults": [self._report(fault) for fault in self._faults],
        }

    def _report(self, fault):
        known = fault.target == "camera"
        return {
            "target": fault.target,
            "kind": fault.kind,
            "severity": fault.severity,
            "parameters": {},
            "onset": fault.onset,
            "duration": None,
            "ramp": 0.0,
            "period": None,
            "duty": 1.0,
            "status": "unsupported" if not known else "applied" if self._steps / 10 > fault.onset else "not_reached",
            "reason": None if known else "this robot has no such stream",
        }


class Walker:
    """Walks on, a little slower when it sees nothing."""

    def reset(self, seed):
        self.seed = seed
        self.calls = 0

    def act(self, observation):
        self.calls += 1
        return np.array([1.0 if observation["camera"].any() else 0.55, 0.0], np.float32)


class Slow(Walker):
    """Takes some real time for each step, so that a run can be interrupted."""

    def act(self, observation):
        time.sleep(0.004)
        return super().act(observation)


class _OnOneTrial(Walker):
    """Goes wrong on the second step of each trial whose seed ends on a certain digit."""

    def act(self, observation):
        action = super().act(observation)
        if self.calls == 2 and self.seed % 3 == 0:
            return self.go_wrong()
        return action


class Raises(_OnOneTrial):
    def go_wrong(self):
        raise ValueError(f"no idea\nwhat to do in {object()}")


class Leaves(_OnOneTrial):
    def go_wrong(self):
        raise SystemExit(0)


class Exits(_OnOneTrial):
    def go_wrong(self):
        os._exit(0)


class Segfaults(_OnOneTrial):
    def go_wrong(self):
        os.kill(os.getpid(), signal.SIGSEGV)


class Hangs(_OnOneTrial):
    def go_wrong(self):
        time.sleep(1000)


class Diverges(_OnOneTrial):
    def go_wrong(self):
        return np.array([99.0, 0.0], np.float32)


class BadAction(_OnOneTrial):
    def go_wrong(self):
        return "left"


class NeverLoads:
    def __init__(self):
        raise TypeError("needs a checkpoint")
