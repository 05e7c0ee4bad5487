from dataclasses import replace

import numpy as np
import pytest

from vla_sim.errors import InputError
from vla_sim.faults import Injector, read_faults
from vla_sim.faults.golden import example_readings, example_stream
from vla_sim.faults.target import channels, members

RGB = example_stream("rgb")
STREAMS = {
    "front": replace(RGB, name="front"),
    "rear": replace(RGB, name="rear"),
    "lidar": example_stream("lidar"),
    **channels(0.1),
}
MODALITIES = {name: stream.modality for name, stream in STREAMS.items()}


def readings():
    mixed = [r._replace(sensor=name) for name in ("front", "rear") for r in example_readings(RGB, 12)]
    return sorted([*mixed, *example_readings(STREAMS["lidar"], 12)], key=lambda reading: reading.stamp)


def test_groups_and_lists_stand_for_streams():
    assert members("front", MODALITIES) == ["front"]
    assert members("cameras", MODALITIES) == ["front", "rear"]
    assert members("weather", MODALITIES) == ["front", "lidar", "rear"]
    assert members("lidar,front", MODALITIES) == ["lidar", "front"]
    assert members("everything", MODALITIES) == ["front", "lidar", "rear"]
    with pytest.raises(InputError, match="the group 'imus' is empty"):
        members("imus", MODALITIES)
    with pytest.raises(InputError, match="no stream 'sonar'; this world has front, lidar, rear"):
        members("front,sonar", MODALITIES)


def black(faulty, name):
    return [reading.stamp for reading in faulty if reading.sensor == name and not reading.data.any()]


def test_a_group_fails_together_and_single_streams_on_their_own():
    together = Injector(read_faults(["cameras:blackout@0.5"]), STREAMS, 3).process(readings())
    assert black(together, "front") == black(together, "rear") != []
    apart = Injector(read_faults(["front:blackout@0.5", "rear:blackout@0.5"]), STREAMS, 3).process(readings())
    assert black(apart, "front") != black(apart, "rear")


def test_streams_of_a_group_have_noise_of_their_own():
    faulty = Injector(read_faults(["cameras:gaussian_noise"]), STREAMS, 3).process(readings())
    front, rear = (next(r.data for r in faulty if r.sensor == name) for name in ("front", "rear"))
    assert not np.array_equal(front, rear)


def test_a_list_is_read_and_reported_by_stream():
    faults = read_faults([{"target": ["front", "lidar"], "kind": "frame_drop"}])
    injector = Injector(faults, STREAMS)
    assert {reading.sensor for reading in injector.process(readings())} == {"rear"}
    assert [(r["target"], r["group"], r["status"]) for r in injector.report()] == [
        ("front", "front,lidar", "applied"),
        ("lidar", "front,lidar", "applied"),
    ]
    assert injector.active(0.5) == ["front,lidar:frame_drop@1.0"]


def test_a_kind_that_does_not_fit_every_member_is_unsupported():
    problems = Injector(read_faults(["weather:gaussian_noise"]), STREAMS).unsupported()
    assert problems == ["weather:gaussian_noise@1.0: 'gaussian_noise' fits rgb; 'lidar' is lidar"]
