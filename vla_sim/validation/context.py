"""What every stage is given."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

VLA_SIM = (sys.executable, "-c", "from vla_sim.cli import main; main()")
"""The command line, as a command that needs nothing on the PATH."""
LISTENER = (sys.executable, "-m", "vla_sim.validation.listener")

DEFAULT_ROBOT = "rover"
"""The robot of the shipped worlds."""


@dataclass(frozen=True, slots=True)
class Context:
    """The agent under validation, where things are, and how to run them."""

    agent: str
    robot: str
    base: Path
    """Folder that the profile's paths are relative to."""
    folder: Path
    """The stage's own."""
    logs: Path
    jobs: int = 1
    say: Callable[[str], None] = lambda text: None
    vla_sim: tuple[str, ...] = VLA_SIM
    listener: tuple[str, ...] = LISTENER

    @property
    def robot_in_place(self) -> str | None:
        """The robot to put in the place of a world's own; None where that is the one."""
        return None if self.robot == DEFAULT_ROBOT else self.robot

    def find(self, path: str) -> Path:
        """Return a file that the profile names."""
        return self.base / Path(path).expanduser()
