"""Goals in words, and the judges that say whether they were met."""

from __future__ import annotations

from collections.abc import Mapping

from vla_sim.errors import InputError
from vla_sim.tasks.avoid_object import AvoidObject
from vla_sim.tasks.change_of_mind import ChangeOfMind
from vla_sim.tasks.find_the_real_one import FindTheRealOne
from vla_sim.tasks.follow_wall import FollowWall, FollowWallDark
from vla_sim.tasks.go_between import GoBetween
from vla_sim.tasks.go_to_object import GoToObject
from vla_sim.tasks.go_to_object_dark import GoToObjectDark
from vla_sim.tasks.go_to_room import GoToRoom
from vla_sim.tasks.hold_heading import HoldHeading
from vla_sim.tasks.manipulation.clear_colour import ClearColour
from vla_sim.tasks.manipulation.fetch_from_room import FetchFromRoom
from vla_sim.tasks.manipulation.open_drawer import OpenDrawer
from vla_sim.tasks.manipulation.pick_by_place import PickByPlace
from vla_sim.tasks.manipulation.pick_up import PickUp
from vla_sim.tasks.manipulation.press_button import PressButton
from vla_sim.tasks.manipulation.push_to import PushTo
from vla_sim.tasks.manipulation.put_beside import PutBeside
from vla_sim.tasks.manipulation.put_between import PutBetween
from vla_sim.tasks.manipulation.put_count import PutCount
from vla_sim.tasks.manipulation.put_in import PutIn
from vla_sim.tasks.manipulation.put_on import PutOn
from vla_sim.tasks.manipulation.stack import Stack
from vla_sim.tasks.stop_in_front import StopInFront
from vla_sim.tasks.stop_on_command import StopOnCommand
from vla_sim.tasks.task import Task
from vla_sim.tasks.turn_by_angle import TurnByAngle
from vla_sim.tasks.visit_in_order import VisitInOrder

NAVIGATION: Mapping[str, Task] = {
    task.name: task
    for task in (
        GoToObject(),
        StopInFront(),
        GoBetween(),
        GoToRoom(),
        FollowWall(),
        VisitInOrder(),
        AvoidObject(),
        StopOnCommand(),
        ChangeOfMind(),
        TurnByAngle(),
        HoldHeading(),
        GoToObjectDark(),
        FollowWallDark(),
        FindTheRealOne(),
    )
}
"""The tasks for a robot that drives, by name."""

MANIPULATION: Mapping[str, Task] = {
    task.name: task
    for task in (
        PickUp(),
        PickByPlace(),
        PutIn(),
        PutOn(),
        PutBeside(),
        PutBetween(),
        PushTo(),
        Stack(),
        OpenDrawer(),
        PressButton(),
        ClearColour(),
        PutCount(),
    )
}
"""The tasks for an arm at a table, by name."""

MOBILE_MANIPULATION: Mapping[str, Task] = {task.name: task for task in (FetchFromRoom(),)}
"""The tasks for an arm that drives, by name."""

TASKS: Mapping[str, Task] = {**NAVIGATION, **MANIPULATION, **MOBILE_MANIPULATION}
"""Every task by name."""


def make_task(name: str) -> Task:
    """Return a task by name.

    Raises:
        InputError: there is no task of that name.
    """
    if name not in TASKS:
        raise InputError(f"no task named '{name}'; use one of {', '.join(TASKS)}", field="task")
    return TASKS[name]
