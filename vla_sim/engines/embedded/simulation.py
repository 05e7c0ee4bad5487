"""A built world in motion: physics steps, commands, sensors."""

from __future__ import annotations

import logging
import math

import mujoco
import numpy as np

from vla_sim.engines.embedded.builder import build
from vla_sim.engines.embedded.camera import Camera, Eye, share_shutters
from vla_sim.engines.embedded.canvas import Quality
from vla_sim.engines.embedded.contact import ContactSensor, Touches
from vla_sim.engines.embedded.diff_drive import find_drive
from vla_sim.engines.embedded.forces import Forces
from vla_sim.engines.embedded.lighting import frame_the_world
from vla_sim.engines.embedded.pictures import Pictures, Renderer
from vla_sim.engines.embedded.placement import Placement
from vla_sim.engines.embedded.plan import Built
from vla_sim.engines.embedded.position import find_controllers
from vla_sim.engines.embedded.schedule import Schedule
from vla_sim.engines.embedded.sensors import Parts, Scheduled, make_sensor
from vla_sim.engines.embedded.variation import Varied
from vla_sim.engines.engine import Command, Placements, Truth, Variation
from vla_sim.engines.streams import Source, contact_sources, force_sources
from vla_sim.errors import SimulatorError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import ContactSpec, World
from vla_sim.sensing.reading import Reading

logger = logging.getLogger("vla_sim")

CONTACT_PERIOD = 0.01
"""Contacts and forces are looked at this often [s] at least."""

_MAX_SPEED = 1e4
"""A body faster than this [m/s or rad/s] means that the simulation diverged."""

_SLEEP = int(mujoco.mjtEnableBit.mjENBL_SLEEP)
_DIVERGED = (mujoco.mjtWarning.mjWARN_BADQPOS, mujoco.mjtWarning.mjWARN_BADQVEL, mujoco.mjtWarning.mjWARN_BADQACC)

# MuJoCo's own handler prints to the terminal and writes a file where the user stands.
mujoco.set_mju_user_warning(lambda text: logger.debug("MuJoCo: %s", text))


class Simulation:
    """One compiled world with its state; the engine makes another one where the world changes."""

    def __init__(
        self, world: World, sources: dict[str, Source], physics_step: float, renderer: Renderer, quality: Quality
    ):
        forces = force_sources(world)
        self.built = built = build(world, {**forces, **sources}.values(), physics_step)
        self._dt = physics_step
        self._nanoseconds = physics_step * 1e9
        self.steps = 0
        self._model = built.model
        self.data = data = mujoco.MjData(built.model)
        mujoco.mj_forward(built.model, data)
        frame_the_world(built.model, data)
        self.placement = Placement(built, data)
        self._varied = Varied(built)
        self._drive = find_drive(built, data)
        self._positions = find_controllers(built, data)
        sizes = [(s.stream.camera.width, s.stream.camera.height) for s in sources.values() if s.stream.camera]
        largest = (max((w for w, _ in sizes), default=1), max((h for _, h in sizes), default=1))
        self.pictures = Pictures(built, data, renderer, quality, largest, self._varied.background)
        feeling = _contact_sensors(world, built)
        parts = Parts(built, data, self.placement, self._eye, feeling)
        made = [make_sensor(source, parts) for source in sources.values()]
        self._sensors = [Scheduled(sensor, physics_step) for sensor in made if sensor is not None]
        self.cameras = {s.name: s.sensor for s in self._sensors if isinstance(s.sensor, Camera)}
        self._touches = Touches(built, data, list(feeling.values()))
        self._forces = Forces(built, data, forces.values())
        contact_steps = max(1, math.floor(CONTACT_PERIOD / physics_step + 1e-9))
        self._schedule = Schedule(self._sensors, contact_steps)
        self._speeds = data.qvel
        self._warnings = [data.warning[kind] for kind in _DIVERGED]

    def _eye(self) -> Eye:
        return self.pictures.eye()

    def stamp(self, steps: int) -> float:
        """Return the simulated time [s] of a physics step."""
        return round(steps * self._nanoseconds) / 1e9

    def reset(self, placements: Placements, seed: int, variation: Variation | None) -> None:
        """Go back to time zero."""
        mujoco.mj_resetData(self._model, self.data)
        mounted = [(name, c.camera, self._mount(c)) for name, c in self.cameras.items()]
        dimmed = self._varied.light
        self._varied.reset(variation, mounted)
        if self._varied.light != dimmed:
            self.pictures.refresh_sky()
        self.placement.reset(placements)
        share_shutters(list(self.cameras.values()), variation.camera_jitter if variation else {}, self._dt)
        if self._drive is not None:
            self._drive.reset()
        self._positions.reset()
        self.steps = 0
        # Sleeping leaves what stands still where it was; once, everything is worked out anew.
        self._model.opt.enableflags &= ~_SLEEP
        mujoco.mj_step1(self._model, self.data)
        self._model.opt.enableflags |= _SLEEP
        mujoco.mj_step1(self._model, self.data)
        self._touches.begin()
        self._forces.begin()
        for scheduled in self._sensors:
            scheduled.sensor.reset(seed)
        if self.cameras:
            self.pictures.eye()

    def _mount(self, camera: Camera) -> Pose:
        stream = camera.stream
        return self.built.models[stream.model].offsets[stream.link] * stream.pose

    def apply(self, command: Command) -> None:
        """Set the command that holds from now on."""
        self._positions.check(command.joints, command.efforts)
        if self._drive is not None:
            self._drive.apply(command.linear, command.angular)
        self._positions.apply(command.joints, command.efforts, command.duration)

    def run(self, count: int) -> list[Reading]:
        """Take physics steps and return the readings due in them."""
        model, data, touches, forces = self._model, self.data, self._touches, self._forces
        first_half, second_half, whole = mujoco.mj_step1, mujoco.mj_step2, mujoco.mj_step
        touches.begin()
        forces.begin()
        integrates = self._positions.integrates
        now, end = self.steps, self.steps + count
        touching = 0
        readings: list[Reading] = []
        for steps, contacts, due in self._schedule.intervals(self.steps, count):
            # MuJoCo's step computes positions, velocities and contacts first and integrates last. Each interval ends
            # with the first half of the next step, so that sensors see the present and nothing is computed twice.
            second_half(model, data)
            if steps > 1:
                whole(model, data, steps - 1)
            first_half(model, data)
            now += steps
            if integrates:
                self._positions.integrate(steps * self._dt)
            # Where no sensor feels them, as many contacts as at the look before are taken for the same ones, but for
            # those at the end.
            if contacts and ((met := data.ncon) != touching or now == end or touches.sensed):
                touching = met
                if touching:
                    touches.watch()
            if contacts and forces.felt:
                forces.watch()
            if due:
                stamp = self.stamp(now)
                for name, sensor in due:
                    readings.append(Reading(name, stamp, sensor.read(now), stamp))
        self.steps = end
        self._check()
        return readings

    def _check(self) -> None:
        speeds = self._speeds
        # One product tells that nothing is fast, which is so in nearly every step.
        position, velocity, acceleration = self._warnings
        if not (
            np.vdot(speeds, speeds) < _MAX_SPEED**2 and not (position.number or velocity.number or acceleration.number)
        ):
            fastest = float(np.abs(speeds).max(initial=0.0))
            raise SimulatorError(
                f"the simulation diverged at {self.stamp(self.steps)} s: a body reached {fastest:.3g} m/s or rad/s"
            )

    def truth(self) -> Truth:
        """Return the ground truth at this moment."""
        touches = self._touches
        pairs, forces = frozenset(touches.pairs), dict(self._forces.peaks)
        return Truth(self.stamp(self.steps), self.placement.states(), pairs, touches.felt, forces)

    def close(self) -> None:
        """Free what it draws with and let go of the sensors, which know their simulation."""
        self.pictures.close()
        self._sensors.clear()
        self.cameras.clear()


def _contact_sensors(world: World, built: Built) -> dict[str, ContactSensor]:
    """Return every contact sensor of the world by the name of its stream, wanted or not."""
    return {
        name: ContactSensor(source.stream, spec, built.models[source.stream.model])
        for name, source in contact_sources(world).items()
        if source.sensor is not None and isinstance(spec := source.sensor.spec, ContactSpec)
    }
