"""Is an engine deterministic? One seed, run twice, every reading compared by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from vla_sim import seeding
from vla_sim.engines import make_engine
from vla_sim.engines.engine import Command, Engine
from vla_sim.envs.body import body_of
from vla_sim.envs.loading import load_site
from vla_sim.tasks import TASKS
from vla_sim.tasks.site import Site

PERIOD = 0.1
"""Length of a step [s]."""
HELD = 10
"""Steps for which a command is held."""
TRUTH = "ground truth"
"""What stands for the poses and contacts of all models beside the sensors."""

Entry = tuple[str, float, str]
"""Sensor, stamp [s] and hash of one reading."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What two runs of one seed had in common."""

    engine: str
    world: str
    seed: int
    readings: int
    """Readings of the first run, the ground truth after each step among them."""
    differing: dict[str, int]
    """By sensor, how many readings differ."""
    first: tuple[str, float] | None
    """Sensor and stamp of the first difference, or None."""

    @property
    def identical(self) -> bool:
        """Whether every bit was the same."""
        return self.first is None

    def __str__(self) -> str:
        head = f"{self.engine}, {self.world}, seed {self.seed}: "
        if self.first is None:
            return f"{head}two runs are identical, {self.readings} readings bit for bit"
        sensor, stamp = self.first
        by_sensor = ", ".join(f"{name} {count}" for name, count in self.differing.items())
        return f"{head}two runs differ first in {sensor!r} at {stamp:g} s; of {self.readings} readings: {by_sensor}"


def audit(engine: str, world: str, seed: int, seconds: float) -> Audit:
    """Run a seed twice: the same placements, noise and commands, drawn from the seed, on one engine.

    Raises:
        InputError: the engine or the world is unknown.
        SimulatorError: the simulator failed.
    """
    site = load_site(world)
    with make_engine(engine) as made:
        made.load(site.world)
        first, second = (list(_run(made, site, seed, seconds)) for _ in range(2))
    return compare(engine, world, seed, first, second)


def compare(engine: str, world: str, seed: int, first: list[Entry], second: list[Entry]) -> Audit:
    """Hold two runs against each other, reading by reading."""
    told, again = ({(name, stamp): digest for name, stamp, digest in run} for run in (first, second))
    off = sorted((key[1], key[0]) for key in told.keys() | again.keys() if told.get(key) != again.get(key))
    differing: dict[str, int] = {}
    for _, name in off:
        differing[name] = differing.get(name, 0) + 1
    earliest = (off[0][1], off[0][0]) if off else None
    return Audit(engine, world, seed, len(first), differing, earliest)


def _run(engine: Engine, site: Site, seed: int, seconds: float) -> Iterator[Entry]:
    rng = seeding.generator(seed, "audit")
    task = next(task for task in TASKS.values() if task.unsupported(site) is None)
    episode = task.sample(site, rng, "seen")
    engine.reset(episode.placements, seed)
    body = body_of(site.robot)
    backward, forward, right, left = body.drive or (0.0, 0.0, 0.0, 0.0)
    for step in range(max(1, round(seconds / PERIOD))):
        if step % HELD == 0:
            linear, angular = rng.uniform((backward / 4, right / 2), (forward, left / 2))
            joints = {joint.name: float(rng.uniform(joint.lower / 8, joint.upper / 8)) for joint in body.movable}
            engine.apply(Command(float(linear), float(angular), joints, duration=HELD * PERIOD))
        for reading in engine.step(PERIOD):
            yield reading.sensor, reading.stamp, hashlib.sha256(reading.data.tobytes()).hexdigest()
        truth = engine.truth()
        states = sorted((name, state.pose, state.linear, state.angular) for name, state in truth.models.items())
        told = repr((states, sorted(truth.contacts)))
        yield TRUTH, truth.time, hashlib.sha256(told.encode()).hexdigest()
