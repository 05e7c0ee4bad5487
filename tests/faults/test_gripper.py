"""What faults of grippers, wrists and pads do to readings."""

import numpy as np
import pytest

from vla_sim import seeding
from vla_sim.faults import KINDS, Injector, read_faults
from vla_sim.faults.golden import example_readings, example_stream
from vla_sim.sensing.reading import Reading

GOALS = np.array([[0.5, np.nan], [-0.2, np.nan], [0.01, 40.0], [0.01, 40.0]])


def goals(fault, data, stamp=0.1):
    return fault.apply(Reading("joint_command", stamp, data, stamp), fault.values)[0].data


def made(name, level, modality):
    fault = KINDS[name](example_stream(modality), seeding.generator(4, name))
    fault.values = KINDS[name].at(level / 5)
    return fault


def test_a_weak_grip_takes_effort_from_the_fingers_alone():
    weak = goals(made("gripper.weak_grip", 3, "joint_command"), GOALS)
    assert np.array_equal(weak[:, 0], GOALS[:, 0])
    assert np.isnan(weak[:2, 1]).all()
    assert weak[2:, 1] == pytest.approx([12.0, 12.0])


def test_a_drive_that_slips_lets_go_now_and_then():
    slips = made("gripper.slip", 4, "joint_command")
    efforts = np.array([goals(slips, GOALS, 0.1 * step)[2, 1] for step in range(400)])
    assert set(efforts) == {0.0, 40.0}
    assert (efforts == 0.0).mean() == pytest.approx(0.25, abs=0.05)


def test_jammed_fingers_keep_the_goal_from_before_and_the_arm_goes_on():
    jammed = made("gripper.jammed", 5, "joint_command")
    jammed.watch(Reading("joint_command", 0.1, GOALS, 0.1))
    moved = GOALS + np.array([0.1, 0.0])
    faulty = goals(jammed, moved, 0.2)
    assert np.array_equal(faulty[:2, 0], moved[:2, 0])
    assert np.array_equal(faulty[2:, 0], GOALS[2:, 0])


def test_drift_of_the_wrist_grows_evenly_from_its_onset():
    stream = example_stream("wrench")
    readings = [reading.replaced(np.zeros(6)) for reading in example_readings(stream)]
    fault = read_faults([{"target": "wrench", "kind": "drift", "level": 5, "onset": 0.35}])
    told = [reading.data for reading in Injector(fault, {"wrench": stream}).process(readings)]
    assert not np.any(told[:4])
    growth = np.abs(np.diff(told[3:], axis=0))
    assert growth[:, :3] == pytest.approx(0.1)
    assert growth[:, 3:] == pytest.approx(0.008)


def test_encoders_drift_apart():
    drift = made("joints.drift", 5, "joints")
    first, last = (
        drift.apply(Reading("joints", stamp, np.zeros((6, 2)), stamp), drift.values)[0].data for stamp in (1.0, 3.0)
    )
    assert not first.any()
    assert np.abs(last[:, 0]) == pytest.approx(0.2)
    assert not last[:, 1].any()


def test_the_group_touch_is_dead_in_the_same_moments():
    contact, force = example_stream("contact"), example_stream("force")
    readings = []
    for step in range(1, 60):
        stamp = round(0.1 * step, 9)
        readings += [Reading("contact", stamp, np.array(True), stamp), Reading("force", stamp, np.array(9.0), stamp)]
    faults = read_faults([{"target": "touch", "kind": "dead", "severity": 0.5}])
    faulty = Injector(faults, {"contact": contact, "force": force}).process(readings)
    dead = {name: [one.stamp for one in faulty if one.sensor == name and not one.data] for name in ("contact", "force")}
    assert dead["contact"] == dead["force"]
    assert 10 < len(dead["contact"]) < 50
