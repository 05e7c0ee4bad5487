"""A server of our own in its own partition, or one that somebody else started."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Protocol

from vla_sim.engines.gazebo.program import Program
from vla_sim.engines.gazebo.surroundings import plain_environment

_GUARD = Path(__file__).with_name("guard.py")
_STOP_S = 10.0
_MESA = {"MESA_EXTENSION_OVERRIDE": "-GL_EXT_texture_filter_anisotropic -GL_ARB_texture_filter_anisotropic"}
"""Mesa's software renderer (22.3) never comes back from anisotropic filtering at certain views: always the same trial
stood still at the same frame. Other drivers lose a little sharpness of textures far away."""
_TOLD = 300
"""Characters of the server's last words in an error."""


class Server(Protocol):
    """A running Gazebo server."""

    partition: str

    def obituary(self) -> str | None:
        """Return how it ended, as one line, or None while it runs."""
        ...

    def stop(self) -> None:
        """End it, if it is ours."""
        ...


class OwnServer:
    """A server in a process group of its own, on 127.0.0.1, that ends with this process however that dies.

    Args:
        program: the ``gz`` program.
        world: text of the world's file.
        seed: of Gazebo's generators; above 0, for 0 means none.
    """

    def __init__(self, program: Program, world: str, seed: int = 1):
        self.partition = f"vla_sim-{uuid.uuid4()}"
        self._folder = Path(tempfile.mkdtemp(prefix="vla_sim-gazebo-"))
        file = self._folder / "world.sdf"
        file.write_text(world, encoding="utf-8")
        command = [sys.executable, "-I", "-S", str(_GUARD)]
        if program.needs_display:
            command.append("--display")
        command += [str(program.path), "sim", "-s", "-v", "1", "--seed", str(seed)]
        if not program.needs_display:
            command.append("--headless-rendering")
        environment = _MESA | plain_environment() | {"GZ_PARTITION": self.partition, "GZ_IP": "127.0.0.1"}
        # Gazebo writes its logs into the home, a folder for each start; shaders are kept where they always are.
        environment.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        environment["HOME"] = str(self._folder)
        environment.pop("GZ_RELAY", None)
        with (self._folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, str(file)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def guard(self) -> int:
        """Process id of the guard, which leads the server's session."""
        return self._process.pid

    def obituary(self) -> str | None:
        """Return how it ended, as one line, or None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        how = f"signal {code - 128}" if code > 128 else f"exit code {code}"
        return f"the Gazebo server died ({how}){self._last_words()}"

    def _last_words(self) -> str:
        try:
            lines = (self._folder / "server.log").read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            return ""
        said = " ".join(line.strip() for line in lines[-4:] if line.strip())
        return f": {said[-_TOLD:]}" if said else ""

    def stop(self) -> None:
        """End the server and its process group; calling it again does nothing."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


class GuestServer:
    """A server that runs already, in a container for example; it is neither started nor ended here."""

    def __init__(self, partition: str):
        self.partition = partition

    def obituary(self) -> str | None:
        """Nobody tells; a dead one is found out by its silence."""
        return None

    def stop(self) -> None:
        """It is not ours."""
