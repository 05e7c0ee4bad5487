"""A trial as an MCAP file of ROS 2 messages, which Foxglove, rosbags and ``ros2 bag`` open.

Every time in it is simulated time. A message is logged when the agent's side of the line got it: what a fault delays
comes late, what it drops never comes, and a stamp that it forges stands in the header. ``docs/reports.md`` lists the
topics.
"""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from vla_sim.bench.plan import Plan, Trial
from vla_sim.engines.engine import Command
from vla_sim.errors import InputError
from vla_sim.faults.injector import Window
from vla_sim.geometry import Pose
from vla_sim.report.ros2_messages import (
    OPTICAL,
    Fields,
    frame_of,
    joint_goals,
    messages_of,
    nanoseconds_of,
    time_fields,
    topic_name,
    transform,
    twist_stamped,
)
from vla_sim.report.ros2_types import definition
from vla_sim.sensing.reading import Stream

if TYPE_CHECKING:
    from mcap.records import Schema

    from vla_sim.envs.env import VlaSimEnv

CLOCK, TF, COMMAND, DRIVEN = "/clock", "/tf", "/cmd_vel", "/cmd_vel_driven"
GOALS, GOALS_DRIVEN = "/joint_goals", "/joint_goals_driven"
ASKED, HEARD = "/goal/asked", "/goal/heard"
FAULTS, PROGRESS, VERDICT = "/trial/faults", "/trial/progress", "/trial/verdict"
WORLD = "world"
"""The frame of the ground truth."""
METADATA = "vla_sim"
"""Name of the metadata record that says which trial this is."""

_STRING = "std_msgs/msg/String"
_TWIST = "geometry_msgs/msg/TwistStamped"


def check_recording() -> None:
    """See that trials can be recorded.

    Raises:
        InputError: the library is not installed.
    """
    if importlib.util.find_spec("mcap_ros2") is None:
        raise InputError("recording needs the package mcap-ros2-support; install it with pip install 'vla-sim[record]'")


class _Pending(NamedTuple):
    """A message on its way."""

    time: int
    topic: str
    type: str
    fields: Fields


class Recording:
    """Writes all that a trial's agent was given, what it did and what was true, as ROS 2 messages.

    Args:
        path: the file to write; it appears when the recording is closed.
        facts: what to say of the trial, in the file's metadata.
    """

    def __init__(self, path: Path, facts: Mapping[str, str]):
        from mcap_ros2.writer import Writer

        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._scratch = path.with_name(f"{path.name}.tmp")
        self._file = self._scratch.open("wb")
        self._writer = Writer(self._file)
        self._writer.add_metadata(METADATA, dict(facts))
        self._schemas: dict[str, Schema] = {}
        self._counts: dict[str, int] = {}
        self._pending: list[_Pending] = []
        self._windows: list[Window] = []
        self._said: dict[str, str] = {}
        self._topics: dict[str, str] = {}
        self._frames: list[tuple[str, str, Pose]] = []
        self._now: float | None = None

    def watch(self, env: VlaSimEnv, observation: Mapping[str, Any], info: Mapping[str, Any]) -> None:
        """Record one control step."""
        before, now = self._now, env.truth.time
        if before is None:
            self._begin(env)
        else:
            self._put(before, COMMAND, _TWIST, twist_stamped(before, env.command, env.site.robot.name))
            self._put_goals(before, GOALS, env.command)
        for time, command in env.driven:
            self._put(time, DRIVEN, _TWIST, twist_stamped(time, command, env.site.robot.name))
            self._put_goals(time, GOALS_DRIVEN, command)
        self._take_readings(env)
        self._take_faults(env, -math.inf if before is None else before, now)
        self._put(now, CLOCK, "rosgraph_msgs/msg/Clock", {"clock": time_fields(now)})
        self._put(now, TF, "tf2_msgs/msg/TFMessage", {"transforms": self._transforms(env, now)})
        self._put(now, PROGRESS, "std_msgs/msg/Float32", {"data": float(info["progress"])})
        self._say(now, ASKED, str(info["words"]))
        self._say(now, HEARD, str(observation["goal"]))
        if info["success"] or info["reason"]:
            self._say(now, VERDICT, json.dumps({"success": info["success"], "reason": info["reason"]}))
        self._write_until(now)
        self._now = now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.finish()  # type: ignore[no-untyped-call]
        self._file.close()
        self._scratch.replace(self._path)

    def _begin(self, env: VlaSimEnv) -> None:
        streams = env.engine.streams
        self._topics = sensor_topics(streams)
        links = {(model.name, link.name): link.pose for model in env.site.world.models for link in model.links}
        start = env.episode.placements
        for name in sorted(streams):
            stream = streams[name]
            if stream.modality == "odometry":
                pose = start.get(stream.model) or env.truth.models[stream.model].pose
                self._frames.append((WORLD, frame_of(stream), pose))
            elif stream.modality not in ("contact", "force", "joints"):
                mount = links.get((stream.model, stream.link), Pose()) * stream.pose
                optical = frame_of(stream) != stream.name
                self._frames.append((stream.model, frame_of(stream), mount * OPTICAL if optical else mount))

    def _transforms(self, env: VlaSimEnv, now: float) -> list[Fields]:
        """All frames each time, those that stand still too: players need no latched topic, and may begin anywhere."""
        models = sorted({stream.model for stream in env.engine.streams.values()} | {env.site.robot.name})
        moving = [(WORLD, name, env.truth.models[name].pose) for name in models if name in env.truth.models]
        return [transform(now, parent, child, pose) for parent, child, pose in [*moving, *self._frames]]

    def _take_readings(self, env: VlaSimEnv) -> None:
        streams = env.engine.streams
        for reading in env.readings:
            for message in messages_of(streams[reading.sensor], reading):
                topic = self._topics[reading.sensor] + message.subtopic
                self._put(reading.arrival, topic, message.type, message.fields)

    def _take_faults(self, env: VlaSimEnv, since: float, until: float) -> None:
        """Tell which faults are on, whenever one begins or ends."""
        self._windows += env.injector.windows(since, until)
        edges = {time for window in self._windows for time in (window.start, window.end) if since < time <= until}
        for time in sorted(edges if math.isfinite(since) else edges | {0.0}):
            active = [window for window in self._windows if window.start <= time < window.end]
            self._say(time, FAULTS, json.dumps({"active": [_described(window) for window in active]}))
        self._windows = [window for window in self._windows if window.end > until]

    def _say(self, time: float, topic: str, text: str) -> None:
        """Publish a text unless it is what was said last."""
        if self._said.get(topic) != text:
            self._said[topic] = text
            self._put(time, topic, _STRING, {"data": text})

    def _put_goals(self, time: float, topic: str, command: Command) -> None:
        if command.joints:
            self._put(time, topic, "sensor_msgs/msg/JointState", joint_goals(time, command))

    def _put(self, time: float, topic: str, message_type: str, fields: Fields) -> None:
        self._pending.append(_Pending(max(0, nanoseconds_of(time)), topic, message_type, fields))

    def _write_until(self, now: float) -> None:
        """Write what has come, in the order in which it came; what has not at the trial's end was never received."""
        latest = nanoseconds_of(now)
        for message in sorted((message for message in self._pending if message.time <= latest), key=lambda m: m.time):
            self._write(message)
        self._pending = [message for message in self._pending if message.time > latest]

    def _write(self, message: _Pending) -> None:
        if message.type not in self._schemas:
            self._schemas[message.type] = self._writer.register_msgdef(message.type, definition(message.type))
        count = self._counts.get(message.topic, 0)
        self._counts[message.topic] = count + 1
        self._writer.write_message(
            message.topic, self._schemas[message.type], message.fields, message.time, message.time, count
        )


def sensor_topics(streams: Mapping[str, Stream]) -> dict[str, str]:
    """Return the topic of each stream: its name, as ROS allows it, and no other's."""
    taken = {CLOCK, TF, COMMAND, DRIVEN, GOALS, GOALS_DRIVEN}
    topics: dict[str, str] = {}
    for name in sorted(streams):
        topic = f"/{topic_name(name)}"
        while topic in taken:
            topic += "_"
        taken.add(topic)
        topics[name] = topic
    return topics


def trial_facts(plan: Plan, trial: Trial) -> dict[str, str]:
    """Return what a recording says of its trial."""
    return {
        "suite": plan.suite,
        "agent": plan.agent,
        "vla_sim": plan.version,
        "trial": trial.id,
        "seed": str(trial.seed),
        "world": trial.cell.world,
        "task": trial.cell.task,
        "arm": trial.arm,
        "faults": ", ".join(map(str, trial.faults)),
    }


def _described(window: Window) -> dict[str, Any]:
    return {
        "target": window.target,
        "fault": window.fault,
        "since": window.start,
        "until": window.end if math.isfinite(window.end) else None,
    }
