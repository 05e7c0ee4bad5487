"""Bags for tests: a recorded trial, and the same drive as a real robot would have logged it."""

import random
from pathlib import Path

import cv2
import numpy as np
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import StoragePlugin, Writer

from vla_sim.agent import load_agent
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.runner import make_env
from vla_sim.bench.trial import run_trial
from vla_sim.explanation import Certainty
from vla_sim.report.mcap import Recording, trial_facts

SUITE = """\
name: recorded
seed: 4
scenarios:
  - {name: drive, world: arena, task: %s, trials: 1}
"""
ROBOT = {
    "/camera/image": "/rover1/camera/image_raw",
    "/camera/camera_info": "/rover1/camera/camera_info",
    "/depth/image": "/rover1/camera/depth/image_rect_raw",
    "/depth/camera_info": "/rover1/camera/depth/camera_info",
    "/lidar": "/rover1/scan",
    "/imu": "/rover1/imu/data",
    "/odom": "/rover1/odom",
    "/goal/heard": "/rover1/voice_commands",
    "/cmd_vel": "/rover1/cmd_vel",
}
"""A robot without bumper and joint states."""
TODAY = 1_790_000_000_000_000_000


def record(folder, agent, task="turn_by_angle"):
    """Run a trial of an agent and return its recording."""
    suite = folder / "suite.yaml"
    suite.write_text(SUITE % task)
    plan = load_plan(suite, Overrides(agent))
    trial = next(iter(plan.trials()))
    path = folder / f"{agent.rpartition(':')[2]}-{task}.mcap"
    env = make_env(plan, trial.cell)
    with Recording(path, trial_facts(plan, trial)) as recording:
        finished = run_trial(env, load_agent(agent), trial, [recording])
    env.close()
    assert finished.record.counts, finished.trace
    return path


def as_robot(
    source,
    target,
    topics=ROBOT,
    *,
    log_from=TODAY,
    stamps_from=TODAY,
    delay=0,
    compressed=(),
    spoil=None,
    storage="sqlite3",
):
    """Write a recording anew, as a rosbag2 folder with other topics and clocks; delays in nanoseconds.

    ``spoil``: of how many messages of a topic the orientation is none.
    """
    plugin = StoragePlugin.SQLITE3 if storage == "sqlite3" else StoragePlugin.MCAP
    with AnyReader([source]) as reader, Writer(target, version=9, storage_plugin=plugin) as writer:
        store = reader.typestore
        made, spoilt = {}, dict(spoil or {})
        for connection, time, data in reader.messages():
            name = topics.get(connection.topic)
            if name is None:
                continue
            message, kind = reader.deserialize(data, connection.msgtype), connection.msgtype
            if hasattr(message, "header"):
                stamp = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec + stamps_from
                message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 10**9)
            if spoilt.get(connection.topic, 0) > 0:
                spoilt[connection.topic] -= 1
                message.pose.pose.orientation.w = 7.0
            if connection.topic in compressed:
                message, kind = compress(message, store), "sensor_msgs/msg/CompressedImage"
                name += "/compressed"
            if name not in made:
                made[name] = writer.add_connection(name, kind, typestore=store)
            late = delay if hasattr(message, "header") else 0
            writer.write(made[name], time + log_from + late, store.serialize_cdr(message, kind))
    return target


def compress(image, store):
    """Return a picture as PNG, which loses nothing."""
    if "sensor_msgs/msg/CompressedImage" not in store.fielddefs:
        from rosbags.typesys import get_types_from_msg

        text = "std_msgs/Header header\nstring format\nuint8[] data"
        store.register(get_types_from_msg(text, "sensor_msgs/msg/CompressedImage"))
    pixels = np.asarray(image.data).reshape(image.height, image.width, 3)
    _, data = cv2.imencode(".png", pixels[:, :, ::-1])
    return store.types["sensor_msgs/msg/CompressedImage"](header=image.header, format="png", data=data.ravel())


def cut(source, target, share):
    """Write the first part of a file."""
    data = Path(source).read_bytes()
    target.write_bytes(data[: int(len(data) * share)])
    return target


def garbled(source, target, seed):
    """Write a file with some of its bytes changed."""
    data = bytearray(Path(source).read_bytes())
    draw = random.Random(seed)
    for _ in range(40):
        data[draw.randrange(len(data))] = draw.randrange(256)
    target.write_bytes(data)
    return target


class Wary:
    """Drives by the brightness of its picture, and is as sure as that is bright."""

    def reset(self, seed):
        self._light = None

    def act(self, observation):
        self._light = float(observation["camera"].mean()) / 255.0
        return np.array([self._light, 0.5 * self._light], np.float32)

    def certainty(self):
        return (
            None if self._light is None else Certainty(self._light, {"sensing": self._light}, {"camera": self._light})
        )


class Broken:
    """Cannot divide."""

    def reset(self, seed):
        pass

    def act(self, observation):
        return 1 / 0
