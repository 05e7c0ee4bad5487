"""From the contract's clock to the update rates that Gazebo understands."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from vla_sim.sensing.clock import SensorClock

_LONGEST_CYCLE = 10_000
"""Physics steps after which a clock that has not begun anew is taken to fire at any step."""


def spacing(rate: float, physics_step: float) -> int:
    """Return the largest number of physics steps that divides every step at which a sensor of ``rate`` [Hz] is due.

    Gazebo fires at multiples of one period, cut to whole milliseconds; the contract at the first physics step at or
    after k / rate. A sensor that runs at this spacing speaks whenever it is due, and what it says in between is left.

    >>> spacing(10.0, 0.001), spacing(30.0, 0.001), spacing(0.0, 0.001)
    (100, 1, 1)
    """
    clock = SensorClock(rate, physics_step)
    if clock.cycle > _LONGEST_CYCLE:
        return 1
    common = step = clock.next_after(0)
    while step < clock.cycle:
        step = clock.next_after(step)
        common = gcd(common, step)
    return common


def update_rate(steps: int, physics_step: float) -> float:
    """Return the rate [Hz] that makes Gazebo fire every ``steps`` physics steps; 0 where that is every step."""
    if steps == 1:
        return 0.0
    # Gazebo takes int(1000 / rate) milliseconds: a hair below the period would lose a whole one.
    period_ms = Fraction(physics_step).limit_denominator(10**9) * 1000 * steps
    return float(1000 / period_ms) * (1 - 1e-12)
