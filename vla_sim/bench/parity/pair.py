"""One trial on both engines: what came of it, how the paths part, and what was different first."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from pydantic import BaseModel, ConfigDict

from vla_sim.bench.parity.drive import Drive, Moment
from vla_sim.bench.parity.measure import MEASURES
from vla_sim.bench.plan import Plan, Trial
from vla_sim.bench.record import Outcome
from vla_sim.bench.worker import Stage

SAME_PLACE = (0.004, math.radians(0.1))
"""Readings of two robots are compared while they stand this near [m] and turned alike [rad]: what that alone does to a
LiDAR's rays stays under the centimetre that is borne."""
PARTED = 0.10
"""Distance [m] at which two paths are said to have parted."""
OTHER_COMMAND = 0.05
"""Commands that differ by more [m/s or rad/s] are two decisions."""


class Side(BaseModel):
    """What came of the trial on one engine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Outcome
    reason: str
    sim_time: float


class Pair(BaseModel):
    """One line of ``pairs.jsonl``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    first: Side
    second: Side
    apart: list[float]
    """Distance between the two robots [m] at each control step, to the end of the shorter trial."""
    sensors: dict[str, list[float]]
    """By sensor: how many readings were compared, and quantiles 0.5, 0.9 and 1 of their differences."""
    sign: str
    """What was different first: a sensor, ``motion``, ``contact``, ``command``; empty where nothing was."""
    sign_time: float | None


class PairRunner:
    """Runs trials on two engines, one after the other."""

    def __init__(self, plans: tuple[Plan, Plan]):
        self._stages = [Stage(plan) for plan in plans]

    def __call__(self, trial: Trial) -> Pair:
        """Run one pair.

        Raises:
            InputError: the agent or a world cannot be loaded.
        """
        (first, one), (second, two) = (_side(stage, trial) for stage in self._stages)
        return compare(trial.id, first, one, second, two)


def _side(stage: Stage, trial: Trial) -> tuple[Side, Drive]:
    drive = Drive()
    record = stage.run(trial, [drive]).record
    return Side(outcome=record.outcome, reason=record.reason, sim_time=record.sim_time), drive


def compare(name: str, first: Side, one: Drive, second: Side, two: Drive) -> Pair:
    """Hold two drives of one trial against each other."""
    moments = list(zip(one.moments, two.moments, strict=False))
    differences: dict[str, list[float]] = {}
    sign, sign_time = "", None
    for a, b in moments:
        signs = []
        for sensor, value in _differences(one, a, b):
            differences.setdefault(sensor, []).append(value)
            if value > MEASURES[one.modalities[sensor]].tolerance:
                signs.append(sensor)
        signs += _motion_signs(a, b)
        if signs and not sign:
            sign, sign_time = signs[0], round(a.time, 3)
    return Pair(
        id=name,
        first=first,
        second=second,
        apart=[round(math.hypot(a.x - b.x, a.y - b.y), 4) for a, b in moments],
        sensors={
            sensor: [float(len(values)), *(round(float(q), 6) for q in np.quantile(values, [0.5, 0.9, 1.0]))]
            for sensor, values in sorted(differences.items())
        },
        sign=sign,
        sign_time=sign_time,
    )


def _differences(drive: Drive, a: Moment, b: Moment) -> Iterator[tuple[str, float]]:
    """Yield sensors with the difference of their readings, while both robots stand in the same place."""
    near, alike = SAME_PLACE
    turned = abs(math.remainder(a.yaw - b.yaw, math.tau))
    if math.hypot(a.x - b.x, a.y - b.y) > near or turned > alike:
        return
    for sensor in sorted(a.readings.keys() & b.readings.keys()):
        yield sensor, MEASURES[drive.modalities[sensor]].between(a.readings[sensor], b.readings[sensor])


def _motion_signs(a: Moment, b: Moment) -> Iterator[str]:
    if a.touches != b.touches:
        yield "contact"
    if max(abs(x - y) for x, y in zip(a.command, b.command, strict=True)) > OTHER_COMMAND:
        yield "command"
    if math.hypot(a.x - b.x, a.y - b.y) > PARTED:
        yield "motion"
