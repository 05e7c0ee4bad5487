"""Batches depend on stamps, not on the order in which streams happen to come."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.ros.robot import load_robot
from vla_sim.ros.synchroniser import Synchroniser
from vla_sim.sensing.reading import Reading

STREAMS = load_robot("rover", ["camera", "imu", "lidar", "odom"]).streams
SECONDS = 1.0


def reading(name, stamp):
    return Reading(name, stamp, np.zeros(1), stamp)


def everything(until=SECONDS, without=()):
    """Return what each stream says, in order."""
    return {
        name: [reading(name, round(k / stream.rate, 9)) for k in range(1, round(until * stream.rate) + 1)]
        for name, stream in STREAMS.items()
        if name not in without
    }


def run(synchroniser, readings):
    batches = []
    for each in readings:
        synchroniser.push(each)
        while batch := synchroniser.due(0.0):
            batches.append(batch)
    return batches


def in_order(said):
    return sorted(itertools.chain(*said.values()), key=lambda each: (each.stamp, each.sensor))


def test_a_batch_for_each_period_holds_what_was_taken_in_it():
    batches = run(Synchroniser(STREAMS, 0.1), in_order(everything()))
    assert [batch.time for batch in batches] == [pytest.approx(0.1 * k) for k in range(1, 11)]
    for batch in batches:
        assert all(batch.time - 0.1 < each.stamp <= batch.time for each in batch.readings)
        assert [each.stamp for each in batch.readings] == sorted(each.stamp for each in batch.readings)
        assert (len(batch.readings), batch.missing, batch.skipped) == (1 + 10 + 1 + 5, (), 0)


@given(st.randoms(use_true_random=False))
def test_streams_may_overtake_each_other_within_the_window(rng: random.Random):
    said = {name: list(readings) for name, readings in everything().items()}
    mixed, until = [], 0.1
    while any(said.values()):
        ready = [name for name, readings in said.items() if readings and readings[0].stamp <= until + 1e-9]
        if ready:
            mixed.append(said[rng.choice(ready)].pop(0))
        else:
            until += 0.1
    assert run(Synchroniser(STREAMS, 0.1), mixed) == run(Synchroniser(STREAMS, 0.1), in_order(everything()))


def test_no_batch_before_all_have_spoken_for_its_time():
    synchroniser = Synchroniser(STREAMS, 0.1)
    *early, last = in_order(everything(0.1))
    assert run(synchroniser, early) == []
    assert synchroniser.due(0.15) is None
    (batch,) = run(synchroniser, [last])
    assert batch.time == pytest.approx(0.1)


def test_a_dead_sensor_delays_one_batch_and_is_named_in_all():
    synchroniser = Synchroniser(STREAMS, 0.1)
    delays, now = [], 0.0
    silent = in_order(everything(1.0, without=["camera"]))
    for step in range(1, 101):
        now = step / 100
        for each in silent:
            if now - 0.01 + 1e-9 < each.stamp <= now + 1e-9:
                synchroniser.push(each)
        while batch := synchroniser.due(now):
            assert batch.missing == ("camera",)
            delays.append(round(now - batch.time, 3))
    assert delays == [0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0][: len(delays)]
    assert len(delays) == 10
    assert synchroniser.lost == {"camera"}


def test_a_sensor_that_speaks_again_is_waited_for_again():
    synchroniser = Synchroniser(STREAMS, 0.1)
    run(synchroniser, in_order(everything(0.1, without=["camera"])))
    assert synchroniser.due(0.2).missing == ("camera",)
    synchroniser.push(reading("camera", 0.2))
    assert synchroniser.lost == frozenset()
    later = [each for each in in_order(everything(0.3, without=["camera"])) if each.stamp > 0.1]
    batches = run(synchroniser, later)
    assert [batch.missing for batch in batches] == [()]
    assert synchroniser.due(0.35) is None


def test_a_late_reading_is_part_of_the_next_batch():
    synchroniser = Synchroniser(STREAMS, 0.1)
    run(synchroniser, in_order(everything(0.1, without=["camera"])))
    synchroniser.due(0.2)
    synchroniser.push(reading("camera", 0.1))
    rest = [each for each in in_order(everything(0.2)) if each.stamp > 0.1]
    (batch,) = run(synchroniser, rest)
    assert [each.stamp for each in batch.readings if each.sensor == "camera"] == [0.1, 0.2]


def test_after_a_stall_the_last_batch_holds_all_that_was_due():
    synchroniser = Synchroniser(STREAMS, 0.1)
    run(synchroniser, in_order(everything(0.1)))
    for each in in_order(everything(0.25)):
        if each.stamp > 0.1:
            synchroniser.push(each)
    batch = synchroniser.due(5.0)
    assert (round(batch.time, 6), batch.skipped) == (4.9, 47)
    assert len(batch.readings) == len([each for each in in_order(everything(0.25)) if each.stamp > 0.1])
    assert batch.missing == tuple(sorted(STREAMS))


@given(
    st.lists(st.tuples(st.sampled_from(sorted(STREAMS)), st.floats(0.0, 3.0), st.floats(0.0, 3.5)), max_size=60),
    st.floats(0.01, 0.5),
)
def test_whatever_comes_no_reading_is_lost_or_given_twice(said, window):
    synchroniser = Synchroniser(STREAMS, 0.1, window)
    given_, times = [], []
    now = 0.0
    for name, stamp, later in said:
        synchroniser.push(reading(name, stamp))
        now = max(now, later)
        while batch := synchroniser.due(now):
            given_ += batch.readings
            times.append(batch.time)
    while batch := synchroniser.due(10.0):
        given_ += batch.readings
        times.append(batch.time)
    assert sorted((each.sensor, each.stamp) for each in given_) == sorted((name, stamp) for name, stamp, _ in said)
    assert times == sorted(set(times))


def test_a_reset_forgets():
    synchroniser = Synchroniser(STREAMS, 0.1)
    run(synchroniser, in_order(everything(0.25)))
    synchroniser.reset(0.0)
    assert run(synchroniser, in_order(everything())) == run(Synchroniser(STREAMS, 0.1), in_order(everything()))


def test_the_grid_begins_after_the_reset():
    synchroniser = Synchroniser(STREAMS, 0.1)
    synchroniser.reset(7.03)
    assert synchroniser.due(7.05) is None
    assert synchroniser.due(7.2).time == pytest.approx(7.1)
