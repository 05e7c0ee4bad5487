import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.faults.schedule import Schedule

seconds = st.floats(0, 100)


def test_onset_belongs_to_the_fault_and_the_end_does_not():
    schedule = Schedule(onset=0.3, duration=0.3)
    stamps = [round(0.1 * step, 9) for step in range(1, 9)]
    assert [schedule.intensity(stamp) for stamp in stamps] == [0, 0, 1, 1, 1, 0, 0, 0]


def test_duty_cycle():
    schedule = Schedule(onset=1.0, period=0.4, duty=0.5)
    assert [schedule.intensity(round(1.0 + 0.1 * step, 9)) for step in range(8)] == [1, 1, 0, 0, 1, 1, 0, 0]


def test_ramp():
    schedule = Schedule(onset=1.0, ramp=2.0)
    assert [schedule.intensity(t) for t in (1.0, 1.5, 2.0, 3.0, 9.0)] == [0.0, 0.25, 0.5, 1.0, 1.0]


@given(seconds, seconds, st.floats(0.01, 10), st.floats(0, 10), st.floats(0.1, 5), st.floats(0.1, 1))
def test_intensity_is_a_share_and_zero_outside(stamp, onset, duration, ramp, period, duty):
    intensity = Schedule(onset, duration, ramp, period, duty).intensity(stamp)
    assert 0.0 <= intensity <= 1.0
    if stamp < onset - 1e-6 or stamp > onset + duration + 1e-6:
        assert intensity == 0.0


milliseconds = st.integers(0, 4000).map(lambda count: count / 1000)


@given(
    milliseconds,
    milliseconds,
    milliseconds,
    st.one_of(st.none(), st.integers(10, 3000)),
    st.integers(0, 900),
    st.one_of(st.none(), st.integers(10, 900)),
    st.integers(1, 100),
    st.integers(0, 900),
)
def test_the_intensity_stays_the_same_over_a_constant_stretch(
    stamp, other, onset, duration, ramp, period, duty, recovery
):
    schedule = Schedule(
        onset,
        None if duration is None else duration / 1000,
        ramp / 1000,
        None if period is None else period / 1000,
        1.0 if period is None else duty / 100,
        0.0 if duration is None else recovery / 1000,
    )
    start, end, intensity = schedule.constant(stamp)
    assert intensity == pytest.approx(schedule.intensity(stamp), abs=1e-6)
    for inside in (stamp, other):
        if start + 1e-8 < inside < end - 1e-8:
            assert schedule.intensity(inside) == intensity


def test_constant_stretches_reach_as_far_as_they_can():
    schedule = Schedule(onset=1.0, duration=3.0, ramp=0.5, recovery=1.0)
    stretches = [schedule.constant(stamp) for stamp in (0.5, 1.2, 2.0, 4.5, 6.0)]
    expected = [(-math.inf, 1.0, 0.0), (1.2, 1.2, 0.4), (1.5, 4.0, 1.0), (4.5, 4.5, 0.5), (5.0, math.inf, 0.0)]
    assert stretches == [pytest.approx(stretch, abs=1e-8) for stretch in expected]
    cycling = Schedule(onset=1.0, period=1.0, duty=0.25)
    assert cycling.constant(3.1) == pytest.approx((3.0, 3.25, 1.0), abs=1e-8)
    assert cycling.constant(3.6) == pytest.approx((3.25, 4.0, 0.0), abs=1e-8)


def test_windows():
    assert list(Schedule(onset=1.0, duration=2.0, ramp=0.5, recovery=0.5).windows(-1.0, 9.0)) == [(1.0, 3.5)]
    assert list(Schedule(onset=1.0, duration=1.0, period=0.8, duty=0.5).windows(-1.0, 9.0)) == [(1.0, 1.4), (1.8, 2.0)]
    assert list(Schedule(onset=1.0).windows(1.0, 9.0)) == []
    assert list(Schedule(onset=float("inf")).windows(0.0, 9.0)) == []


@given(milliseconds, milliseconds, st.one_of(st.none(), st.integers(10, 900)), st.integers(1, 99), st.integers(1, 9))
def test_a_fault_is_on_in_its_windows_and_nowhere_else(stamp, onset, period, duty, looks):
    schedule = Schedule(
        onset, 2.0, period=None if period is None else period / 1000, duty=1.0 if period is None else duty / 100
    )
    # As a recorder asks: stretch by stretch, never twice for the same.
    ends = [-float("inf"), *(5.0 * (look + 1) / looks for look in range(looks))]
    windows = [window for since, until in itertools.pairwise(ends) for window in schedule.windows(since, until)]
    assert windows == sorted(set(windows))
    near = any(abs(stamp - edge) < 1e-6 for window in windows for edge in window)
    if not near:
        assert any(start <= stamp < end for start, end in windows) == (schedule.intensity(stamp) > 0.0)
