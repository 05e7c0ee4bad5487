"""The ground truth: where the models of a running world are, how fast, and what the robots touch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.message import Message

from vla_sim.engines.engine import ModelState, Placements, Truth
from vla_sim.engines.gazebo.decode import pressure
from vla_sim.engines.gazebo.lockstep import LockStep, pose_of, time_ns
from vla_sim.engines.gazebo.model_file import has_moving_joints, is_robot
from vla_sim.engines.gazebo.topics import gz_name, joint_states_topic, stream_topic, touch_topic
from vla_sim.engines.streams import Source, contact_sources, force_sources
from vla_sim.errors import SimulatorError
from vla_sim.geometry import Pose, Vector3
from vla_sim.gz import Node
from vla_sim.sdf.scene import ContactSpec, World

TOUCH_STEPS = 10
"""Contacts that go on are looked at this often [physics steps]; those that begin or end at once."""


class Witness:
    """Hears the poses of all models, the joints, what each link of a robot touches, and what its wrists feel.

    Velocities are differences of poses of neighbouring physics steps, which is how the integrator moves them.
    """

    def __init__(self, world: World, node: Node, contacts: bool):
        self._names = {gz_name(model.name): model.name for model in world.models}
        self._static = frozenset(model.name for model in world.models if model.static)
        self.touch_topics = [
            touch_topic(model.name, link.name)
            for model in world.models
            if contacts and is_robot(model)
            for link in model.links
            if link.collisions
        ]
        self._touches = {topic: node.subscribe(topic, type="gz.msgs.Contacts") for topic in self.touch_topics}
        self._joints = {
            model.name: node.subscribe(joint_states_topic(model.name), type="gz.msgs.Model", depth=1, newest_only=True)
            for model in world.models
            if has_moving_joints(model)
        }
        self._joint_names = {
            model.name: {gz_name(joint.name): joint.name for joint in model.joints} for model in world.models
        }
        self._still: dict[str, ModelState] = {}
        self._absent: frozenset[str] = frozenset()
        self.angles: dict[str, dict[str, float]] = {}
        """Position of each joint by model and name."""
        self._before: tuple[int, Mapping[str, Pose]] = (0, {})
        self._now: tuple[int, Mapping[str, Pose]] = (0, {})
        self._contacts: set[tuple[str, str]] = set()
        self._felt: dict[str, set[str]] = {}
        self._feelers = _feelers(world, contact_sources(world).items())
        """Streams of the contact sensors that each collision belongs to, by its full name."""
        self._sensors = frozenset(name for names in self._feelers.values() for name in names)
        forces = force_sources(world) if contacts else {}
        pads = [(name, source) for name, source in forces.items() if source.stream.modality == "force"]
        self._pads = _feelers(world, pads)
        """The same for streams of how hard they are pressed."""
        self._wrists = {
            name: node.subscribe(stream_topic(source), type="gz.msgs.Wrench")
            for name, source in forces.items()
            if source.stream.modality == "wrench"
        }
        self._still_forces = dict.fromkeys(forces, 0.0)
        self._peaks = self._still_forces.copy()

    def reset(self, world: World, placements: Placements, lock: LockStep) -> None:
        """Begin at time zero, with the models where they were put."""
        self._absent = frozenset(name for name, pose in placements.items() if pose is None)
        self._still = {
            model.name: ModelState(placements.get(model.name) or model.pose)
            for model in world.models
            if model.static and model.name not in self._absent
        }
        self.angles = {name: {} for name in self._joints}
        for subscription in (*self._touches.values(), *self._wrists.values()):
            subscription.clear()
        self._now = self._before = (lock.now_ns, {})
        self.look(lock)
        self._before = self._now

    def felt(self) -> frozenset[str]:
        """Return the topics on which contacts came, and forget them."""
        return frozenset(topic for topic, heard in self._touches.items() if any(heard.backwards()))

    def begin(self) -> None:
        """Begin a stretch of time: forget what touched."""
        self._contacts.clear()
        self._felt.clear()
        self._peaks = self._still_forces.copy()

    def look(self, lock: LockStep) -> None:
        """Take in what was said of the steps until now.

        Raises:
            SimulatorError: the server does not tell where its models are.
        """
        # While it is paused the server repeats the last poses: those before them are further back.
        told: Message | None = None
        earlier: Message | None = None
        for message in lock.poses.backwards():
            if _stamp(message) == lock.now_ns:
                told = told or message
            elif _stamp(message) < lock.now_ns:
                earlier = message
                break
        if told is None:
            told = lock.receive(lock.poses, lambda message: _stamp(message) == lock.now_ns, "the models' poses")
        self._before = self._now if earlier is None else self._read(earlier)
        self._now = self._read(told)
        for model, states in self._joints.items():
            if (newest := next(states.backwards(), None)) is not None:
                names = self._joint_names[model]
                joints: Any = newest
                self.angles[model] = {names[one.name]: one.axis1.position for one in joints.joint if one.name in names}
        for subscription in self._touches.values():
            for touch in subscription.sampled(TOUCH_STEPS):
                self._touch(touch)
        for name, wrist in self._wrists.items():
            for message in wrist.backwards():
                wrench: Any = message
                self._peak(name, math.hypot(wrench.force.x, wrench.force.y, wrench.force.z))

    def _read(self, message: Any) -> tuple[int, Mapping[str, Pose]]:
        # Links come after models and may bear a model's name; the first one counts.
        poses: dict[str, Pose] = {}
        for one in message.pose:
            name = self._names.get(one.name)
            if name is not None and name not in self._static:
                poses.setdefault(name, pose_of(one))
        return _stamp(message), poses

    def _peak(self, stream: str, force: float) -> None:
        self._peaks[stream] = max(self._peaks[stream], force)

    def _touch(self, message: Any) -> None:
        pressing: dict[str, list[Any]] = {}
        for contact in message.contact:
            first, second = (
                self._names.get(side.name.partition("::")[0], "") for side in (contact.collision1, contact.collision2)
            )
            a, b = sorted((first, second))
            self._contacts.add((a, b))
            for one, other in ((contact.collision1.name, second), (contact.collision2.name, first)):
                for sensor in self._feelers.get(one, ()):
                    self._felt.setdefault(sensor, set()).add(other)
                for pad in self._pads.get(one, ()):
                    pressing.setdefault(pad, []).append(contact)
        for pad, contacts in pressing.items():
            self._peak(pad, pressure(contacts))

    def truth(self, time: float) -> Truth:
        """Return the ground truth at the end of the last step."""
        (before, old), (now, new) = self._before, self._now
        states = self._still.copy()
        for name, pose in new.items():
            if name in self._absent:
                continue
            linear: Vector3 = (0.0, 0.0, 0.0)
            angular: Vector3 = (0.0, 0.0, 0.0)
            if now > before and name in old:
                linear, angular = _rates(old[name], pose, (now - before) / 1e9)
            states[name] = ModelState(pose, linear, angular, self.angles.get(name, {}))
        missing = set(self._names.values()) - set(states) - self._absent
        if missing:
            raise SimulatorError(f"the Gazebo server does not tell where {', '.join(sorted(missing))} is")
        felt = {sensor: frozenset(self._felt.get(sensor, ())) for sensor in self._sensors}
        return Truth(time, states, frozenset(self._contacts), felt, self._peaks.copy())


def _feelers(world: World, sources: Iterable[tuple[str, Source]]) -> dict[str, list[str]]:
    """Return the streams of contact sensors by the full names of the collisions that they are about."""
    found: dict[str, list[str]] = {}
    for name, source in sources:
        stream, sensor = source.stream, source.sensor
        assert sensor is not None
        assert isinstance(sensor.spec, ContactSpec)
        link = world.model(stream.model).link(stream.link)
        for collision in sensor.spec.collisions or [one.name for one in link.collisions]:
            full = "::".join(gz_name(part) for part in (stream.model, stream.link, collision))
            found.setdefault(full, []).append(name)
    return found


def _stamp(message: Any) -> int:
    return time_ns(message.header.stamp)


def _rates(old: Pose, new: Pose, dt: float) -> tuple[Vector3, Vector3]:
    """Return linear and angular velocity in the world's frame between two poses ``dt`` [s] apart."""
    (x, y, z), (a, b, c) = new.position, old.position
    turn = Pose(rotation=new.rotation) * Pose(rotation=old.rotation).inverse()
    w, i, j, k = turn.rotation
    sine = math.sqrt(i * i + j * j + k * k)
    rate = 2 * math.atan2(sine, abs(w)) * (1 if w >= 0 else -1) / (sine * dt) if sine > 1e-12 else 0.0
    return ((x - a) / dt, (y - b) / dt, (z - c) / dt), (i * rate, j * rate, k * rate)
