"""Carries out an arm's part of a plan, one manoeuvre after another, and tries again what does not work at once."""

from __future__ import annotations

from vla_agents.manipulation import skills
from vla_agents.manipulation.arm import Arm, Lost, Motion, NoWay
from vla_sim.tasks.plan import Manoeuvre, Pick, Place, Press, Pull, Push, Rest

Handling = Pick | Place | Push | Pull | Press | Rest
"""The manoeuvres of an arm."""
AGAIN = 1.0
"""How long to wait [s] before a manoeuvre that there is no way for is tried again."""


def handle(manoeuvre: Handling, arm: Arm, then: Manoeuvre | None = None) -> Motion:
    """Do a manoeuvre with a view to what comes ``then``; where nothing works, wait and look again."""
    while True:
        try:
            yield from _skill(manoeuvre, arm, then)
        except NoWay:
            yield from arm.wait(AGAIN)
        else:
            return


def stow(arm: Arm, carried: Pick | None) -> Motion:
    """Bring the arm into the pose in which the robot drives; what is lost meanwhile is picked up again first."""
    while True:
        try:
            if carried is not None and not arm.holds(carried.model):
                yield from handle(carried, arm)
            yield from skills.stow(arm, None if carried is None else carried.model)
        except Lost:
            continue
        except NoWay:
            yield from arm.wait(AGAIN)
        else:
            return


def keep(manoeuvre: Manoeuvre | None, arm: Arm) -> Motion:
    """Stay still after the last manoeuvre; what was picked up and is lost is picked up again."""
    while True:
        if isinstance(manoeuvre, Pick) and not arm.holds(manoeuvre.model):
            yield from handle(manoeuvre, arm)
        yield from arm.wait(0.1)


def _skill(manoeuvre: Handling, arm: Arm, then: Manoeuvre | None) -> Motion:
    match manoeuvre:
        case Pick():
            return skills.pick(arm, manoeuvre, then if isinstance(then, Place) else None)
        case Place():
            return skills.place(arm, manoeuvre)
        case Push():
            return skills.push(arm, manoeuvre)
        case Pull():
            return skills.pull(arm, manoeuvre)
        case Press():
            return skills.press(arm, manoeuvre)
        case Rest():
            return skills.rest(arm)
