from __future__ import annotations

import numpy as np
import pytest
from vla_agents.fusion.arm.grip import Grip
from vla_agents.fusion.arm.senses import ArmSenses

CUP = 0.06


def senses(width: float | None, touch: bool | None) -> ArmSenses:
    joints = None
    if width is not None:
        joints = np.zeros((8, 2))
        joints[6:, 0] = width / 2
    pads = None if touch is None else np.array([touch, touch])
    return ArmSenses(0.0, "", {}, joints, None, pads, None)


def closing(on_something: bool, width: bool = True, touch: bool = True, stuck_on: bool = False, dead: bool = False):
    """Close the gripper in steps, and return what it takes to be so then."""
    grip = Grip()
    for told in np.arange(0.1, 0.0, -0.01):
        stands = max(told, CUP) if on_something else told
        felt = (on_something and told < CUP) or stuck_on
        grip.update(senses(stands if width else None, (felt and not dead) if touch else None), told)
        if told < CUP - 0.02:
            return grip
    raise AssertionError


@pytest.mark.parametrize("on_something", [True, False])
@pytest.mark.parametrize("width", [True, False])
@pytest.mark.parametrize("touch", [True, False])
def test_fingers_and_pads_tell_each_of_them_alone(on_something, width, touch) -> None:
    if width or touch:
        assert closing(on_something, width, touch).held == on_something


def test_pads_that_are_dead_or_stuck_do_not_deceive() -> None:
    assert closing(True, dead=True).held
    assert not closing(False, stuck_on=True).held


def test_fingers_whose_sensor_stands_still_say_nothing() -> None:
    grip = Grip()
    for told in np.arange(0.1, 0.03, -0.01):
        grip.update(senses(0.1, told < CUP), told)
    assert grip.stops is None
    assert grip.held
