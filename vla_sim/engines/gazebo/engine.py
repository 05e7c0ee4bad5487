"""The Gazebo engine: a real gz-sim server, driven in lock-step over gz-transport."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.checks import check_placements, check_variation
from vla_sim.engines.engine import Command, Placements, Truth, Variation
from vla_sim.engines.gazebo.issues import issues
from vla_sim.engines.gazebo.program import find_program
from vla_sim.engines.gazebo.server import GuestServer, OwnServer, Server
from vla_sim.engines.gazebo.session import MuteError, NoResetError, Session
from vla_sim.engines.gazebo.twin import Twin
from vla_sim.engines.gazebo.varied import varied
from vla_sim.engines.gazebo.world_file import world_file
from vla_sim.engines.streams import Source, sources
from vla_sim.errors import InputError, SimulatorError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import Issue, World
from vla_sim.sensing.clock import whole_steps
from vla_sim.sensing.reading import Reading, Stream

STARTS = 3
"""Servers that are tried for one reset: about one start in a hundred dies or stalls where cameras are drawn."""

_LONGEST_STEP = 200
"""Physics steps that are asked for at once, so that no queue overflows."""


class GazeboEngine:
    """Runs a world on a Gazebo server; see ``Engine`` for the contract.

    The server starts at the first ``reset`` and lives until ``close``, a variation of looks or masses that it was not
    started with, or its death: a dead or stalled server raises SimulatorError, and the next ``reset`` starts another.
    Contacts of the ground truth are those of models that are commanded.

    Args:
        renderer: ``ogre2`` draws on EGL without a display, ``ogre`` on a private Xvfb; ``auto``: what is installed.
        server: partition of a server that runs already, with the file that ``vla-sim gz world`` wrote; None takes the
            environment's ``VLA_SIM_GZ_SERVER``. Without either, the program ``gz`` is started.
        physics_step: length of a physics step [s]; Gazebo's integrator wants 1 ms.
        patience: wall-clock seconds after which a server that does not go on counts as stalled.
        contacts: whether the ground truth tells what robots touch. Up to Ionic contact sensors are mute after a reset,
            so that each reset starts a server (2 to 4 s); without contacts a reset takes some tenths of a second.

    Raises:
        InputError: an option is wrong, or there is no ``gz`` program.
    """

    def __init__(
        self,
        renderer: str = "auto",
        server: str | None = None,
        physics_step: float = 0.001,
        patience: float = 60.0,
        contacts: bool = True,
    ):
        if not 0 < physics_step <= 0.02 or abs(physics_step * 1e9 - round(physics_step * 1e9)) > 1e-6:
            raise InputError(
                "the physics step must be above 0, at most 0.02 s and whole nanoseconds", field="physics_step"
            )
        if not patience > 0:
            raise InputError(f"patience is {patience:g} s; it must be above 0", field="patience")
        guest = server or os.environ.get("VLA_SIM_GZ_SERVER")
        self._guest = GuestServer(guest) if guest else None
        self._program = None if guest else find_program(renderer)
        self._dt = physics_step
        self._patience = patience
        self._contacts = contacts
        self._world: World | None = None
        self._sources: dict[str, Source] = {}
        self._variation = Variation()
        self._server: Server | None = None
        self._session: Session | None = None
        self._twin = Twin()
        self._resets = True

    @property
    def streams(self) -> Mapping[str, Stream]:
        """Every stream of the loaded world by name."""
        return {name: source.stream for name, source in self._sources.items()}

    @property
    def issues(self) -> Sequence[Issue]:
        """What the loaded world holds that this engine ignores or changes."""
        return [] if self._world is None else issues(self._world, self._sources, self._dt)

    @property
    def physics_step(self) -> float:
        """Length of one physics step [s]."""
        return self._dt

    @property
    def time(self) -> float:
        """Simulated time since the reset [s]."""
        return 0.0 if self._session is None else self._session.time

    @property
    def server(self) -> Server | None:
        """The running server, if any."""
        return self._server

    def load(self, world: World, sensors: Sequence[str] | None = None) -> None:
        """Take a world; the server starts with the first reset, when it is known how the world is varied.

        Raises:
            InputError: a sensor is unknown, or feels contacts where there are none.
        """
        self.close()
        found = sources(world, sensors)
        felt = [name for name, source in found.items() if source.stream.modality in ("contact", "force")]
        if felt and not self._contacts:
            raise InputError(f"without contacts there is no {', '.join(felt)}; leave it out", field="sensors")
        self._sources = found
        self._world = world
        self._twin.load(world)

    def reset(self, placements: Placements | None = None, seed: int = 0, variation: Variation | None = None) -> None:
        """Go back to time zero. Another variation than at the last reset takes another server (some seconds).

        Raises:
            InputError: a placement or a variation names something unknown.
            SimulatorError: no server got there, after several tries.
        """
        world = self._loaded
        placements, variation = placements or {}, variation or Variation()
        check_placements(world, placements)
        check_variation(world, variation, self._sources)
        if variation != self._variation:
            self._stop()
        changed = varied(world, variation, self._sources)
        self._variation = variation
        if not self._resets:
            self._stop()
        for attempt in range(STARTS):
            try:
                if self._session is None:
                    self._session = self._start(changed)
                self._session.reset(placements, seed)
                return
            except SimulatorError as error:
                # What it cannot do it will not do the next time; what it missed once is asked for once more.
                self._resets = self._resets and not isinstance(error, MuteError)
                if attempt > 0 or not isinstance(error, NoResetError) or not self._resets:
                    self._stop()
                if attempt == STARTS - 1:
                    raise

    @property
    def _loaded(self) -> World:
        if self._world is None:
            raise RuntimeError("load a world first")
        return self._world

    @property
    def _running(self) -> Session:
        if self._session is None:
            raise RuntimeError("reset first: no server runs")
        return self._session

    def _start(self, world: World) -> Session:
        if self._guest is not None:
            if self._variation != Variation():
                raise InputError(
                    "a server that runs already cannot be varied; leave 'variation' out", field="variation"
                )
            self._server = self._guest
        else:
            assert self._program is not None
            light, drawn = max(0.0, self._variation.light), self._program.render_engine
            text = world_file(world, self._sources, self._dt, drawn, light, self._contacts)
            self._server = OwnServer(self._program, text)
        session = Session(world, self._sources, self._dt, self._server, self._patience, self._contacts)
        try:
            session.begin()
        except BaseException:
            session.close()
            raise
        return session

    def apply(self, command: Command) -> None:
        """Set the command that holds from now on.

        Raises:
            ValueError: it is not finite, or names a joint that has no controller.
            SimulatorError: the server does not take it.
        """
        values = (command.linear, command.angular, command.duration, *command.joints.values())
        if not all(math.isfinite(value) for value in values):
            raise ValueError(f"the command is not finite: {command}")
        with self._fatal():
            self._running.apply(command)

    def step(self, duration: float) -> list[Reading]:
        """Advance exactly ``duration`` [s] and return the readings of the interval, in stamp order, then by name.

        Raises:
            ValueError: it is no multiple of the physics step.
            SimulatorError: the server died or stalled.
        """
        left = whole_steps(duration, self._dt)
        session = self._running
        session.witness.begin()
        readings: list[Reading] = []
        with self._fatal():
            while left > 0:
                steps = session.prepare(min(left, _LONGEST_STEP))
                readings += session.step(steps)
                left -= steps
        return readings

    def run_freely(self, duration: float) -> None:
        """Advance ``duration`` [s] in one go, with all subscribers and no readings: the yardstick of ``step``.

        Raises:
            SimulatorError: the server died or stalled.
        """
        with self._fatal():
            self._running.run_freely(whole_steps(duration, self._dt))

    @contextlib.contextmanager
    def _fatal(self) -> Iterator[None]:
        """Let no server live on that failed once: what it would say next is not known."""
        try:
            yield
        except SimulatorError:
            self._stop()
            raise

    def truth(self) -> Truth:
        """Return the ground truth at this moment."""
        return self._running.truth()

    def render(self, width: int = 640, height: int = 480, view: Pose | None = None) -> NDArray[np.uint8]:
        """Return a picture (height, width, 3), drawn by the embedded engine with the models where Gazebo has them."""
        return self._twin.render(self.truth(), width, height, view)

    def _stop(self) -> None:
        session, self._session = self._session, None
        server, self._server = self._server, None
        if session is not None:
            session.close()
        if server is not None:
            server.stop()

    def close(self) -> None:
        """End the server and free everything; calling it again does nothing."""
        self._stop()
        self._twin.close()
        self._world = None
        self._sources = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
