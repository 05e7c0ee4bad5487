"""The ``gz`` program of this machine, and how its server can draw."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from vla_sim.errors import InputError, NotReadyError

RenderEngine = Literal["ogre2", "ogre"]
Renderer = Literal["auto", "ogre2", "ogre"]

_FIX = "install Gazebo Harmonic, put gz on the PATH, or name it in VLA_SIM_GZ (docs/gazebo.md; docker/ has an image)"


@dataclass(frozen=True, slots=True)
class Program:
    """The ``gz`` program and the engine that its server draws with."""

    path: Path
    render_engine: RenderEngine

    @property
    def needs_display(self) -> bool:
        """Whether it needs an X server: ogre2 draws on EGL alone."""
        return self.render_engine == "ogre"


def find_program(renderer: str = "auto") -> Program:
    """Return the ``gz`` program: the one that ``VLA_SIM_GZ`` names, else the first one on the PATH.

    ``auto`` draws with ogre2, or with ogre where only that one is installed beside the program.

    Raises:
        InputError: no such renderer.
        NotReadyError: there is no program, or no Xvfb for the renderer that needs it.
    """
    if renderer not in get_args(Renderer):
        raise InputError(f"unknown renderer {renderer!r} of Gazebo; choose auto, ogre2 or ogre", field="renderer")
    named = os.environ.get("VLA_SIM_GZ")
    found = shutil.which(named or "gz")
    if found is None:
        wanted = f"VLA_SIM_GZ names {named!r}, which is no program" if named else "the program 'gz' is not found"
        raise NotReadyError(f"{wanted}; {_FIX}", field="engine")
    path = Path(found)
    engine: RenderEngine = "ogre2"
    if renderer == "ogre" or (renderer == "auto" and _has("ogre", path) and not _has("ogre2", path)):
        engine = "ogre"
    program = Program(path, engine)
    if program.needs_display and shutil.which("Xvfb") is None:
        raise NotReadyError("Gazebo's renderer ogre needs Xvfb; run: apt-get install xvfb", field="renderer")
    return program


def _has(engine: str, program: Path) -> bool:
    """Tell whether a rendering plugin lies in the program's prefix (lib, or lib/<machine> on Debian)."""
    prefix = program.resolve().parent.parent
    name = f"gz-rendering-*/engine-plugins/libgz-rendering-{engine}.so"
    return any(any(prefix.glob(pattern + name)) for pattern in ("lib/", "lib/*/"))
