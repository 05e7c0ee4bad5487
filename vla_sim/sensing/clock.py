"""When a sensor fires, in whole physics steps, so that no float ever accumulates."""

from __future__ import annotations

from fractions import Fraction

SLOWEST = Fraction(1, 10**6)
"""Lower rates [Hz] count as this one, a reading in eleven days."""


def whole_steps(duration: float, physics_step: float) -> int:
    """Return how many physics steps a duration [s] is.

    Raises:
        ValueError: it is negative, or no multiple of the physics step to within 1e-9 s.
    """
    count = round(duration / physics_step)
    if count < 0 or abs(count * physics_step - duration) > 1e-9:
        raise ValueError(f"duration {duration} s is not a whole number of physics steps of {physics_step} s")
    return count


class SensorClock:
    """Fires at the first physics step at or after k / rate, k = 1, 2, ...; a rate of 0 fires at every step.

    A rate above that of the physics fires once a step.

    >>> clock = SensorClock(rate=30.0, physics_step=0.005)
    >>> [step for step in range(1, 25) if clock.fires(step)]
    [7, 14, 20]
    """

    __slots__ = ("_denominator", "_numerator")

    def __init__(self, rate: float, physics_step: float):
        period = Fraction(1)
        if rate > 0:
            step = Fraction(physics_step).limit_denominator(10**9)
            period = 1 / (max(Fraction(rate).limit_denominator(10**6), SLOWEST) * step)
        self._numerator, self._denominator = period.numerator, period.denominator

    @property
    def cycle(self) -> int:
        """Physics steps after which the pattern of firing begins anew."""
        return self._numerator

    def next_after(self, step: int) -> int:
        """Return the first physics step after ``step`` at which the sensor fires."""
        tick = step * self._denominator // self._numerator + 1
        return -(-self._numerator * tick // self._denominator)

    def fires(self, step: int) -> bool:
        """Tell whether the sensor fires at ``step``."""
        return self.next_after(step - 1) == step
