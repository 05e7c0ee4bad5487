"""Goals in words, and the judges that say whether they were met."""

from __future__ import annotations

from collections.abc import Mapping

from vla_sim.errors import InputError
from vla_sim.tasks.go_to_object import GoToObject
from vla_sim.tasks.task import Task

TASKS: Mapping[str, Task] = {task.name: task for task in (GoToObject(),)}
"""Every task by name."""


def make_task(name: str) -> Task:
    """Return a task by name.

    Raises:
        InputError: there is no task of that name.
    """
    if name not in TASKS:
        raise InputError(f"no task named '{name}'; use one of {', '.join(TASKS)}", field="task")
    return TASKS[name]
