"""From a suite to the ordered list of trials, each with its own id and seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

import vla_sim
from vla_sim.bench.schema import CLEAN, Gate, Stopping
from vla_sim.envs.variation import VariationSpec
from vla_sim.faults.spec import FaultSpec
from vla_sim.seeding import derive_seed
from vla_sim.tasks.task import Words


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Frozen):
    """One task in one world with its arms: a scenario after lists and defaults are worked out."""

    name: str
    world: str
    """The world's name in reports."""
    world_source: str
    """What the environment loads: a shipped world's name, or the path of an SDF file."""
    world_hash: str
    """What the world, its robot, meshes and textures were made of when the plan was made."""
    task: str
    words: Words
    robot: str | None
    trials: int
    control_rate: float
    sensors: tuple[str, ...] | None
    variation: VariationSpec | None
    arms: dict[str, tuple[FaultSpec, ...]]
    """Every arm with its faults, ``clean`` first."""
    gates: dict[str, Gate]
    stopping: Stopping | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial to run. Clean and faulted twins share index and seed."""

    cell: Cell
    arm: str
    index: int
    seed: int

    @property
    def id(self) -> str:
        """``scenario/arm/index``: also the path of the trial's files under ``trials/``."""
        return f"{self.cell.name}/{self.arm}/{self.index:03d}"

    @property
    def faults(self) -> tuple[FaultSpec, ...]:
        """What is injected."""
        return self.cell.arms[self.arm]


class Plan(_Frozen):
    """Everything that decides the bytes of a run's ledger."""

    version: str = vla_sim.__version__
    suite: str
    description: str
    seed: int
    agent: str
    engine: str
    renderer: str
    cells: tuple[Cell, ...]
    max_error_share: float = 0.0

    def trials(self) -> Iterator[Trial]:
        """Yield the trials in order: twins side by side, so that a run cut short still has pairs."""
        for cell in self.cells:
            yield from self.trials_of(cell)

    def trials_of(self, cell: Cell) -> Iterator[Trial]:
        """Yield the trials of one scenario in order."""
        for index in range(cell.trials):
            for arm in cell.arms:
                yield Trial(cell, arm, index, trial_seed(self.seed, cell.name, index))

    def trial(self, trial_id: str) -> Trial | None:
        """Return the trial of that id, or None."""
        return next((trial for trial in self.trials() if trial.id == trial_id), None)

    @property
    def arms(self) -> Sequence[str]:
        """Names of all arms in the order of their first appearance."""
        return list(dict.fromkeys(arm for cell in self.cells for arm in cell.arms))

    def to_json(self) -> str:
        """Return the text of ``plan.json``."""
        return self.model_dump_json(indent=1) + "\n"

    @property
    def digest(self) -> str:
        """SHA-256 of the plan's text."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def trial_seed(suite_seed: int, scenario: str, index: int) -> int:
    """Return the seed that all arms of a scenario share at an index: 53 bits, so that JSON keeps it everywhere."""
    return derive_seed(suite_seed, scenario, index) >> 10


def order_arms(arms: dict[str, tuple[FaultSpec, ...]]) -> dict[str, tuple[FaultSpec, ...]]:
    """Return the arms with ``clean`` in front."""
    return {CLEAN: (), **arms}
