"""The embedded engine: MuJoCo in this process, in lock-step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Literal, Protocol, Self

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.builder import build
from vla_sim.engines.embedded.camera import Camera, Eye, GlEye, Shutter, views
from vla_sim.engines.embedded.canvas import Canvas, Quality
from vla_sim.engines.embedded.contact import ContactSensor, Touches
from vla_sim.engines.embedded.diff_drive import DiffDriveController, WheelOdometry
from vla_sim.engines.embedded.imu import Imu
from vla_sim.engines.embedded.lidar import Lidar
from vla_sim.engines.embedded.lighting import frame_the_world
from vla_sim.engines.embedded.odometry import ModelOdometry
from vla_sim.engines.embedded.placement import Placement
from vla_sim.engines.embedded.plan import Built
from vla_sim.engines.embedded.streams import Source, sources
from vla_sim.engines.engine import Command, Placements, Truth, Variation
from vla_sim.errors import InputError, SimulatorError
from vla_sim.sdf.scene import ContactSpec, DiffDrive, ImuSpec, Issue, OdometryPublisher, World
from vla_sim.sensing.clock import SensorClock, whole_steps
from vla_sim.sensing.reading import Reading, Stream

Renderer = Literal["auto", "gl", "rays"]

CONTACT_PERIOD = 0.01
"""Contacts are looked at this often [s] at least."""

_MAX_SPEED = 1e4
"""A body faster than this [m/s or rad/s] means that the simulation diverged."""


class Sensor(Protocol):
    """What produces one stream."""

    stream: Stream

    def reset(self, seed: int) -> None:
        """Start anew at time zero, with the noise of a seed."""
        ...

    def read(self, step: int) -> NDArray[np.generic]:
        """Return the reading at this physics step."""
        ...


class _Scheduled:
    """A sensor with its clock."""

    __slots__ = ("clock", "due", "sensor")

    def __init__(self, sensor: Sensor, physics_step: float):
        self.sensor = sensor
        self.clock = SensorClock(sensor.stream.rate, physics_step)
        self.due = self.clock.next_after(0)


class EmbeddedEngine:
    """Runs a world in MuJoCo.

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
        self._sources: dict[str, Source] = {}
        self._built: Built | None = None
        self._canvas: Canvas | None = None
        self._steps = 0
        self._closed = False

    # --- what it holds --------------------------------------------------------------------------------------------

    @property
    def streams(self) -> Mapping[str, Stream]:
        """Every stream of the loaded world by name."""
        return {name: source.stream for name, source in self._sources.items()}

    @property
    def issues(self) -> Sequence[Issue]:
        """What the loaded world holds that this engine ignores or changes."""
        return [] if self._built is None else list(self._built.issues)

    @property
    def physics_step(self) -> float:
        """Length of one physics step [s]."""
        return self._dt

    @property
    def time(self) -> float:
        """Simulated time since the reset [s]."""
        return self._stamp(self._steps)

    def _stamp(self, steps: int) -> float:
        return round(steps * self._dt, 9)

    @property
    def _world(self) -> Built:
        if self._built is None:
            raise RuntimeError("load a world first")
        return self._built

    # --- load -----------------------------------------------------------------------------------------------------

    def load(self, world: World, sensors: Sequence[str] | None = None) -> None:
        """Build the world; see ``Engine.load``.

        Raises:
            InputError: a sensor is unknown, a file is missing, or MuJoCo cannot build the world.
        """
        self.close()
        self._closed = False
        self._sources = sources(world, sensors)
        self._built = built = build(world, self._sources.values(), self._dt)
        self._data = mujoco.MjData(built.model)
        mujoco.mj_forward(built.model, self._data)
        frame_the_world(built.model, self._data)
        self._placement = Placement(built, self._data)
        self._drive = self._find_drive(built)
        self._sensors = [_Scheduled(sensor, self._dt) for sensor in self._make_sensors(built)]
        contacts = [s.sensor for s in self._sensors if isinstance(s.sensor, ContactSensor)]
        self._touches = Touches(built, self._data, contacts)
        self._contact_steps = max(1, math.floor(CONTACT_PERIOD / self._dt + 1e-9))
        self.reset()

    def _find_drive(self, built: Built) -> DiffDriveController | None:
        driven = [
            (model.scene, plugin)
            for model in built.models.values()
            for plugin in model.scene.plugins
            if isinstance(plugin, DiffDrive) and built.drives[model.scene.name]
        ]
        if not driven:
            return None
        driven.sort(key=lambda pair: pair[0].name != "robot")
        model, drive = driven[0]
        for other, _ in driven[1:]:
            message = f"the DiffDrive of {other.name!r} stands still: commands go to {model.name!r}"
            built.issues.append(Issue(str(built.world.source or ""), 0, "plugin", message))
        wheels = len(drive.left_joints) + len(drive.right_joints)
        return DiffDriveController(drive, built.drives[model.name][: 2 * wheels], built.model, self._data)

    def _make_sensors(self, built: Built) -> list[Sensor]:
        cameras = [source for source in self._sources.values() if source.stream.camera is not None]
        shutters = {
            source.stream.name: shutter
            for view in views(cameras, built.cameras)
            for shutter in [Shutter(view, self._eye, self._dt)]
            for source in view.sources
        }
        return [self._make_sensor(built, source, shutters) for source in self._sources.values()]

    def _make_sensor(self, built: Built, source: Source, shutters: dict[str, Shutter]) -> Sensor:
        stream = source.stream
        owner = built.models[stream.model]
        if isinstance(source.plugin, DiffDrive):
            return WheelOdometry(stream, source.plugin, owner, built.model, self._data)
        if isinstance(source.plugin, OdometryPublisher):
            return ModelOdometry(stream, source.plugin, lambda: self._placement.state(stream.model))
        assert source.sensor is not None
        if stream.camera is not None:
            return Camera(source, shutters[stream.name])
        site = built.sites[stream.name]
        if stream.lidar is not None:
            return Lidar(stream, built.model, self._data, site)
        if isinstance(source.sensor.spec, ImuSpec):
            return Imu(stream, source.sensor.spec, built.model, self._data, site)
        assert isinstance(source.sensor.spec, ContactSpec)
        return ContactSensor(stream, source.sensor.spec, owner)

    def _eye(self) -> Eye:
        if self._canvas is None:
            specs = [source.stream.camera for source in self._sources.values() if source.stream.camera is not None]
            size = (max(spec.width for spec in specs), max(spec.height for spec in specs))
            self._canvas = Canvas(self._world.model, *size, self._quality)
        return GlEye(self._data, self._canvas)

    # --- run ------------------------------------------------------------------------------------------------------

    def reset(self, placements: Placements | None = None, seed: int = 0, variation: Variation | None = None) -> None:
        """Go back to time zero; see ``Engine.reset``.

        Raises:
            InputError: a placement or a variation names something unknown.
        """
        built = self._world
        mujoco.mj_resetData(built.model, self._data)
        self._placement.reset(placements or {})
        if self._drive is not None:
            self._drive.reset()
        self._steps = 0
        mujoco.mj_step1(built.model, self._data)
        self._touches.reset()
        self._touch_due = self._contact_steps
        for scheduled in self._sensors:
            scheduled.sensor.reset(seed)
            scheduled.due = scheduled.clock.next_after(0)

    def apply(self, command: Command) -> None:
        """Set the command that holds from now on."""
        if not (math.isfinite(command.linear) and math.isfinite(command.angular)):
            raise ValueError(f"command is not finite: {command}")
        if self._drive is not None:
            self._drive.apply(command.linear, command.angular)

    def step(self, duration: float) -> list[Reading]:
        """Advance exactly ``duration`` [s] and return the readings of the interval, in stamp order, then by name."""
        end = self._steps + whole_steps(duration, self._dt)
        self._touches.pairs = set()
        readings: list[Reading] = []
        while self._steps < end:
            target = min(end, self._touch_due, *[scheduled.due for scheduled in self._sensors])
            self._advance(target - self._steps)
            if target >= self._touch_due:
                self._touches.watch()
                self._touch_due = target + self._contact_steps
            stamp = self._stamp(target)
            for scheduled in self._sensors:
                if scheduled.due == target:
                    data = scheduled.sensor.read(target)
                    readings.append(Reading(scheduled.sensor.stream.name, stamp, data, stamp))
                    scheduled.due = scheduled.clock.next_after(target)
        self._check()
        return readings

    def _advance(self, count: int) -> None:
        """Take physics steps. Positions, velocities and contacts are those of the moment before and after.

        MuJoCo's step computes them first and integrates last; here each interval ends with the first half of the next
        step, so that sensors see the present and nothing is computed twice.
        """
        model, data = self._world.model, self._data
        mujoco.mj_step2(model, data)
        if count > 1:
            mujoco.mj_step(model, data, count - 1)
        mujoco.mj_step1(model, data)
        self._steps += count

    def _check(self) -> None:
        data = self._data
        bad = any(
            data.warning[kind].number
            for kind in (
                mujoco.mjtWarning.mjWARN_BADQPOS,
                mujoco.mjtWarning.mjWARN_BADQVEL,
                mujoco.mjtWarning.mjWARN_BADQACC,
            )
        )
        fastest = float(np.abs(data.qvel).max(initial=0.0))
        if bad or not fastest < _MAX_SPEED:
            raise SimulatorError(f"the simulation diverged at {self.time} s: a body reached {fastest:.3g} m/s or rad/s")

    def truth(self) -> Truth:
        """Return the ground truth at this moment."""
        return Truth(self.time, self._placement.states(), frozenset(self._touches.pairs))

    # --- pictures -------------------------------------------------------------------------------------------------

    # --- end ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Free everything the engine holds."""
        if self._canvas is not None:
            self._canvas.close()
            self._canvas = None
        self._built = None
        self._sources = {}
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
