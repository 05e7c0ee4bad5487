"""The embedded engine: MuJoCo in this process, in lock-step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.checks import check_placements, check_variation
from vla_sim.engines.embedded.camera import Camera
from vla_sim.engines.embedded.canvas import Quality
from vla_sim.engines.embedded.pictures import Renderer
from vla_sim.engines.embedded.retexture import retextured
from vla_sim.engines.embedded.simulation import Simulation
from vla_sim.engines.embedded.viewpoint import overview
from vla_sim.engines.engine import Command, Placements, Truth, Variation
from vla_sim.engines.resize import resized
from vla_sim.engines.streams import Source, sources
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import Issue, World
from vla_sim.sensing.clock import whole_steps
from vla_sim.sensing.reading import Reading, Stream


class EmbeddedEngine:
    """Runs a world in MuJoCo; see ``Engine`` for the contract.

    Where things rest, they sleep: contacts between bodies at rest are not in the ground truth.

    Args:
        renderer: ``gl`` draws cameras with OpenGL, ``rays`` casts a ray per pixel and needs no library; ``auto`` takes
            OpenGL where it gives a picture.
        quality: ``fast`` for training and tests (no shadows), ``full`` for pictures (shadows, smooth edges).
        physics_step: length of a physics step [s]. The implicit integrator is accurate at 5 ms, so the step that the
            world's file states (mostly 1 ms, for Gazebo's explicit one) is not used.
    """

    def __init__(self, renderer: Renderer = "auto", quality: Quality = "fast", physics_step: float = 0.005):
        if renderer not in ("auto", "gl", "rays"):
            raise InputError(f"unknown renderer {renderer!r}; choose auto, gl or rays", field="renderer")
        if quality not in ("fast", "full"):
            raise InputError(f"unknown quality {quality!r}; choose fast or full", field="quality")
        if not 0 < physics_step <= 0.02:
            raise InputError("the physics step must be above 0 and at most 0.02 s", field="physics_step")
        self._renderer: Renderer = renderer
        self._quality: Quality = quality
        self._dt = physics_step
        self._world: World | None = None
        self._sources: dict[str, Source] = {}
        self._simulation: Simulation | None = None
        self._built_with: tuple[dict[str, Path], dict[str, float]] = ({}, {})

    @property
    def streams(self) -> Mapping[str, Stream]:
        """Every stream of the loaded world by name."""
        return {name: source.stream for name, source in self._sources.items()}

    @property
    def issues(self) -> Sequence[Issue]:
        """What the loaded world holds that this engine ignores or changes."""
        return [] if self._simulation is None else list(self._simulation.built.issues)

    @property
    def physics_step(self) -> float:
        """Length of one physics step [s]."""
        return self._dt

    @property
    def time(self) -> float:
        """Simulated time since the reset [s]."""
        running = self._running
        return running.stamp(running.steps)

    @property
    def _running(self) -> Simulation:
        if self._simulation is None:
            raise RuntimeError("load a world first")
        return self._simulation

    def load(self, world: World, sensors: Sequence[str] | None = None) -> None:
        """Build the world and reset it.

        Raises:
            InputError: a sensor is unknown, a file is missing, or MuJoCo cannot build the world.
        """
        self.close()
        self._sources = sources(world, sensors)
        self._world = world
        self._simulation = self._simulate(world)
        self._built_with = ({}, {})
        self.reset()

    def _simulate(self, world: World) -> Simulation:
        return Simulation(world, self._sources, self._dt, self._renderer, self._quality)

    def reset(self, placements: Placements | None = None, seed: int = 0, variation: Variation | None = None) -> None:
        """Go back to time zero. Other textures or sizes than at the last reset rebuild the world (a tenth of a second).

        Raises:
            InputError: a placement or a variation names something unknown.
        """
        running, world = self._running, self._world
        assert world is not None
        placements, variation = placements or {}, variation or Variation()
        check_placements(world, placements)
        check_variation(world, variation, self._sources)
        wanted = dict(variation.textures), dict(variation.size)
        if wanted != self._built_with:
            # Never two worlds' buffers at once; where the new one cannot be built the old one makes its own again.
            running.pictures.close()
            changed = self._simulate(retextured(resized(world, variation.size), variation.textures))
            running.close()
            self._simulation = running = changed
            self._built_with = wanted
        running.reset(placements, seed, variation)

    def apply(self, command: Command) -> None:
        """Set the command that holds from now on.

        Raises:
            ValueError: it is not finite, or names a joint that has no controller.
        """
        if not all(map(math.isfinite, (command.linear, command.angular, command.duration))):
            raise ValueError(f"the command is not finite: {command}")
        self._running.apply(command)

    def step(self, duration: float) -> list[Reading]:
        """Advance exactly ``duration`` [s] and return the readings of the interval, in stamp order, then by name.

        Raises:
            ValueError: it is no multiple of the physics step.
            SimulatorError: the simulation diverged.
        """
        return self._running.run(whole_steps(duration, self._dt))

    def truth(self) -> Truth:
        """Return the ground truth at this moment."""
        return self._running.truth()

    def segmentation(self, stream: str) -> NDArray[np.int32]:
        """Return which model each pixel of a camera shows now, (height, width): its index in the world, -1 for none.

        Raises:
            InputError: there is no such camera stream.
        """
        running = self._running
        geoms = running.pictures.eye().geoms(self._camera(stream).shutter.view)
        owners = np.append(running.built.geom_model, np.int32(-1))
        models: NDArray[np.int32] = owners[geoms]
        return models

    def render(
        self, width: int = 640, height: int = 480, view: Pose | str | None = None, quality: Quality = "full"
    ) -> NDArray[np.uint8]:
        """Return a picture (height, width, 3) from a pose in the world (x forward; ``viewpoint.look_at`` makes one).

        The vertical field of view is 45 degrees. Without a pose it looks at the whole world from above, at an angle;
        the name of a camera stream looks through that camera, stretched to the size asked for.

        Raises:
            InputError: there is no such camera stream.
        """
        running = self._running
        if isinstance(view, str):
            return running.pictures.through(self._camera(view).shutter.view.resized(width, height), quality)
        if view is None:
            view = overview(running.built.model, running.data, width / height)
        return running.pictures.free_view(view, width, height, quality)

    def _camera(self, stream: str) -> Camera:
        cameras = self._running.cameras
        if stream not in cameras:
            known = ", ".join(sorted(cameras)) or "none"
            raise InputError(f"no camera stream {stream!r}; there are: {known}")
        return cameras[stream]

    def close(self) -> None:
        """Free everything the engine holds; calling it again does nothing."""
        if self._simulation is not None:
            self._simulation.close()
        self._simulation = self._world = None
        self._sources = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
