"""What a world offers to a suite, found out without building a simulator."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from vla_sim.assets import robot_names, world_names
from vla_sim.bench.schema import nearest
from vla_sim.engines.streams import sources
from vla_sim.envs.loading import find_robot, load_site
from vla_sim.errors import InputError
from vla_sim.sensing.reading import Modality
from vla_sim.tasks import TASKS
from vla_sim.tasks.site import Site

ALL_TASKS = "all"
"""A name that stands for every task that a world supports."""

_PATH = re.compile(r"PosixPath\('([^']*)'\)")


@dataclass(frozen=True)
class Venue:
    """A loaded world with its robot."""

    name: str
    world: str
    """What the environment loads: a shipped world's name, or the path of an SDF file."""
    robot: str | None
    """What the environment puts in the place of the world's robot."""
    site: Site

    @cached_property
    def streams(self) -> Mapping[str, Modality]:
        """What comes on each stream, by name."""
        return {name: source.stream.modality for name, source in sources(self.site.world).items()}

    @cached_property
    def fingerprint(self) -> str:
        """Return a hash of all that the world is made of, meshes and textures too, wherever its files lie."""
        text = repr((replace(self.site.world, source=None, issues=()), self.site.semantics))
        text = _PATH.sub(lambda path: hashlib.sha256(Path(path[1]).read_bytes()).hexdigest(), text)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def tasks(self, names: Iterable[str], field: str = "task") -> list[str]:
        """Return the tasks of these names; ``all`` stands for every one that the world supports.

        Raises:
            InputError: at ``field``: there is no such task, or the world cannot host it.
        """
        found: list[str] = []
        for name in names:
            if name == ALL_TASKS:
                found += [task for task in TASKS if self.unsupported(task) is None]
            elif name not in TASKS:
                raise InputError(f"no task '{name}'{nearest(name, TASKS)}", field=field)
            elif reason := self.unsupported(name):
                raise InputError(f"the world '{self.name}' cannot host the task '{name}': {reason}", field=field)
            else:
                found.append(name)
        return found

    def unsupported(self, task: str) -> str | None:
        """Return why the world cannot host a task, or None."""
        return TASKS[task].unsupported(self.site)


def load_venue(world: str, robot: str | None, beside: Path) -> Venue:
    """Load a world and put a robot into it; paths are relative to the folder ``beside``.

    Raises:
        InputError: there is no such world or robot, or its files are wrong.
    """
    if world not in world_names():
        path = (beside / world).resolve()
        if not path.is_file():
            raise InputError(f"no world '{world}'{nearest(world, world_names())}", field="world")
        world = str(path)
    if robot is not None and robot not in robot_names():
        robot = str(find_robot(beside / robot))
    return Venue(Path(world).stem, world, robot, load_site(world, robot))
