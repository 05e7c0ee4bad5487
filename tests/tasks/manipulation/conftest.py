"""The tabletop on the embedded engine: things are put where a test wants them, and the arm goes where it says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command, Placements, Truth
from vla_sim.envs.loading import load_site
from vla_sim.geometry import Pose, Vector3
from vla_sim.kinematics.inverse import solve
from vla_sim.kinematics.transforms import transform_of
from vla_sim.tasks.plan import Place, Plan, Push
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Episode

STEP = 0.1
WIDE = 0.09


class Stage:
    """A trial whose things are moved by resets, which the judge sees as moves in one step."""

    def __init__(self, site: Site, engine: EmbeddedEngine):
        self.site, self.engine = site, engine
        assert site.arm is not None
        self.arm = site.arm
        self._offset = 0.0

    def begin(self, episode: Episode) -> None:
        """Put everything where the episode has it, and begin it."""
        self._offset = 0.0
        self.episode = episode
        self.put(episode.placements)
        episode.begin(self.truth())

    def put(self, placements: Placements) -> None:
        """Put everything somewhere; the arm is in its home pose, the hand open."""
        self._offset += self.engine.time
        self.engine.reset(placements)
        self._told = dict.fromkeys(self.arm.names, 0.0)
        self.grip(WIDE)
        self.engine.step(STEP)

    def grip(self, width: float) -> None:
        """Tell the fingers how far apart to be [m]."""
        self._width = width
        self._tell(0.0)

    def reach(self, at: Vector3, yaw: float = 0.0, seconds: float = 1.5) -> None:
        """Tell the arm to bring its tool to a point of the world, pointing down, and let it come there."""
        foot = self.site.robot.pose.inverse()
        target = transform_of(foot * Pose.from_xyz_rpy(*at, math.pi, 0.0, yaw))
        near = np.array([self._told[name] for name in self.arm.names])
        found = solve(self.arm, target, near, np.random.default_rng(1))
        assert found, f"the arm does not reach {at}"
        self._told = dict(zip(self.arm.names, found[0].tolist(), strict=True))
        self._tell(seconds)
        self.wait(seconds + 0.3)

    def _tell(self, seconds: float) -> None:
        fingers = dict.fromkeys(("left_finger", "right_finger"), self._width / 2)
        self.engine.apply(Command(joints={**self._told, **fingers}, duration=seconds))

    def wait(self, seconds: float) -> str | None:
        """Let time go by, and return the verdict."""
        for _ in range(round(seconds / STEP)):
            self.engine.step(STEP)
            self.episode.update(self.truth())
            if self.episode.verdict is not None:
                break
        return self.episode.verdict

    def truth(self) -> Truth:
        """Return the ground truth, in the time of the trial."""
        truth = self.engine.truth()
        return replace(truth, time=self._offset + truth.time)


def done(site: Site, placements: Placements, plan: Plan) -> Placements:
    """Return where things are when they have been placed or pushed as planned."""
    there = dict(placements)
    for step in plan:
        if isinstance(step, Place):
            base = there.get(step.on) or site.world.model(step.on).pose
            there[step.model] = base * Pose((*step.at, step.height + 0.002))
        elif isinstance(step, Push):
            was = there[step.model]
            assert was is not None
            there[step.model] = Pose((*step.to, was.position[2]), was.rotation)
    return there


@pytest.fixture
def after() -> Callable[[Site, Placements, Plan], Placements]:
    return done


@pytest.fixture(scope="session")
def table() -> Site:
    return load_site("tabletop")


@pytest.fixture(scope="session")
def stage(table: Site) -> Iterator[Stage]:
    with EmbeddedEngine() as engine:
        engine.load(table.world, sensors=[])
        yield Stage(table, engine)
