import json

import numpy as np
import pytest

from vla_sim.faults import FaultSpec, Injector, read_faults
from vla_sim.faults.golden import example_readings, example_stream
from vla_sim.faults.target import channels
from vla_sim.sensing.reading import Reading

STREAMS = {modality: example_stream(modality) for modality in ("rgb", "lidar", "imu")}


def readings():
    mixed = [reading for stream in STREAMS.values() for reading in example_readings(stream, 12)]
    return sorted(mixed, key=lambda reading: reading.stamp)


def bytes_of(stream):
    return [(reading.sensor, reading.stamp, reading.arrival, reading.data.tobytes()) for reading in stream]


def test_without_faults_the_list_itself_comes_back():
    given = readings()
    assert Injector([], STREAMS).process(given) is given


def test_each_fault_touches_its_target_in_its_time_only():
    given = readings()
    faulty = Injector([FaultSpec(target="rgb", kind="blackout", onset=0.4, duration=0.3)], STREAMS).process(given)
    changed = [(r.sensor, r.stamp) for r, old in zip(faulty, given, strict=True) if r is not old]
    assert changed == [("rgb", 0.4), ("rgb", 0.5), ("rgb", 0.6)]
    assert all(not r.data.any() for r, old in zip(faulty, given, strict=True) if r is not old)


def test_faults_compose_in_the_order_of_the_list():
    blackout = FaultSpec(target="rgb", kind="blackout")
    noise = FaultSpec(target="rgb", kind="gaussian_noise", level=5)
    noisy_black = [r.data for r in Injector([blackout, noise], STREAMS).process(readings()) if r.sensor == "rgb"]
    black = [r.data for r in Injector([noise, blackout], STREAMS).process(readings()) if r.sensor == "rgb"]
    assert all(image.any() for image in noisy_black)
    assert not any(image.any() for image in black)


def test_a_fault_does_not_shift_the_draws_of_another():
    drop = FaultSpec(target="imu", kind="spikes", level=5)
    first = [FaultSpec(target="lidar", kind="dropout", level=1), drop]
    other = [FaultSpec(target="lidar", kind="range_noise", level=5, onset=0.5), drop]
    imu = [
        bytes_of(r for r in Injector(faults, STREAMS, seed=4).process(readings()) if r.sensor == "imu")
        for faults in (first, other)
    ]
    assert imu[0] == imu[1]


def test_the_seed_decides():
    def run(seed):
        return bytes_of(
            Injector(read_faults(["lidar:dropout@L2", "rgb:frame_drop@0.5"]), STREAMS, seed).process(readings())
        )

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_processing_in_pieces_is_processing_at_once():
    faults = read_faults(["rgb:freeze@0.5", "lidar:dropout@L2", "imu:stuck@L3", "imu:latency"])
    whole = Injector(faults, STREAMS, 9).process(readings())
    piecewise = Injector(faults, STREAMS, 9)
    pieces = [faulty for reading in readings() for faulty in piecewise.process([reading])]
    assert bytes_of(whole) == bytes_of(pieces)


def test_report_says_what_became_of_each():
    faults = [
        FaultSpec(target="rgb", kind="blackout", onset=1.0),
        FaultSpec(target="rgb", kind="freeze", onset=50.0),
        FaultSpec(target="rear", kind="blackout"),
        FaultSpec(target="imu", kind="blur"),
        FaultSpec(target="lidar", kind="latency", parameters={"delay": 0.25}),
    ]
    injector = Injector(faults, STREAMS)
    injector.process(readings())
    report = json.loads(json.dumps(injector.report()))
    assert [fault["status"] for fault in report] == ["applied", "not_reached", "unsupported", "unsupported", "applied"]
    assert report[0]["readings_changed"] == 3
    assert (report[0]["first"], report[0]["last"]) == (1.0, 1.2)
    assert report[4]["parameters"] == {"delay": 0.25}
    assert report[4]["severity"] is None
    assert report[4]["version"] == 1
    assert injector.unsupported() == [
        "rear:blackout@1.0: no stream 'rear'; this world has imu, lidar, rgb",
        "imu:blur@1.0: 'blur' fits rgb; 'imu' is imu",
    ]
    assert injector.active(1.1) == ["rgb:blackout@1.0", "lidar:latency(delay=0.25)"]


def test_ramp_grows():
    ramp = FaultSpec(target="lidar", kind="dropout", level=5, ramp=1.0)
    faulty = Injector([ramp], STREAMS).process(readings())
    lost = [int(np.isnan(reading.data).sum()) for reading in faulty if reading.sensor == "lidar"]
    assert lost[0] < lost[4] < lost[-1]


@pytest.mark.parametrize("kind", ["latency", "frame_drop", "freeze"])
def test_timing_faults_fit_every_sensor(kind):
    faults = [FaultSpec(target=name, kind=kind) for name in STREAMS]
    assert Injector(faults, STREAMS).unsupported() == []


def test_delays_add_up_in_any_order():
    stream = channels(0.1)["command"]
    sent = [Reading("command", 1.0, np.array([0.5, 0.0]), 1.0)]
    delays = [
        {"target": "command", "kind": "latency", "parameters": {"delay": 0.2}},
        {"target": "command", "kind": "slow_inference", "parameters": {"time": 0.4}},
    ]
    for faults in (delays, delays[::-1]):
        (late,) = Injector(read_faults(faults), {"command": stream}).process(sent)
        assert late.arrival == pytest.approx(1.6)


def test_readings_that_are_left_as_they_were_are_not_counted_as_changed():
    spikes = FaultSpec(target="imu", kind="spikes", severity=0.4)
    nothing = FaultSpec(target="imu", kind="bias", severity=0.0)
    drops = FaultSpec(target="imu", kind="frame_drop", severity=0.5)
    given = [reading for reading in readings() if reading.sensor == "imu"] * 10
    injector = Injector([spikes, nothing, drops], STREAMS)
    faulty = injector.process(given)
    clean = {id(reading) for reading in given}
    spiked, biased, dropped = injector.report()
    assert spiked["readings_seen"] == biased["readings_seen"] == dropped["readings_seen"] == len(given)
    assert 0 < spiked["readings_changed"] < len(given)
    assert 0 < sum(id(reading) not in clean for reading in faulty) <= spiked["readings_changed"]
    assert biased["readings_changed"] == 0
    assert dropped["readings_changed"] == len(given) - len(faulty) > 0
