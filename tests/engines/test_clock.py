from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.sensing.clock import SensorClock, whole_steps

RATES = st.sampled_from([1.0, 7.0, 10.0, 25.0, 30.0, 50.0, 60.0, 100.0, 200.0, 1000.0])


@given(rate=RATES, step=st.sampled_from([0.001, 0.002, 0.004, 0.005, 0.01]))
def test_fires_at_the_first_step_at_or_after_each_tick(rate: float, step: float) -> None:
    clock = SensorClock(rate, step)
    exact = Fraction(str(step))
    expected = {-((-Fraction(k) / Fraction(rate)) // exact) for k in range(1, 40)}
    last = max(expected)
    assert [n for n in range(1, last + 1) if clock.fires(n)] == sorted(expected)


@given(rate=RATES, start=st.integers(0, 100_000))
def test_next_is_later_and_fires(rate: float, start: int) -> None:
    clock = SensorClock(rate, 0.005)
    due = clock.next_after(start)
    assert due > start
    assert clock.fires(due)


def test_rate_zero_fires_at_every_step() -> None:
    clock = SensorClock(0.0, 0.005)
    assert all(clock.fires(n) for n in range(1, 50))


@pytest.mark.parametrize("rate", [1e-3, 1e-6, 1e-7, 5e-324])
def test_the_slowest_sensors_wait_for_their_period_or_eleven_days(rate: float) -> None:
    clock = SensorClock(rate, 0.005)
    assert clock.next_after(0) == pytest.approx(200 / max(rate, 1e-6))


def test_no_reading_at_time_zero_and_no_drift() -> None:
    clock = SensorClock(10.0, 0.005)
    assert clock.next_after(0) == 20
    assert clock.next_after(20 * 10**9) == 20 * 10**9 + 20


def test_whole_steps() -> None:
    assert whole_steps(0.1, 0.005) == 20
    assert whole_steps(0.0, 0.005) == 0
    for bad in (0.0025, 0.1001, -0.005):
        with pytest.raises(ValueError, match="whole number of physics steps"):
            whole_steps(bad, 0.005)
