"""A recorded robot on ROS 2 topics, and the agent node in a process of its own, for the benchmarks of the node."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vla_sim.envs.env import VlaSimEnv
from vla_sim.report.ros2_messages import messages_of
from vla_sim.ros.messages import message_class, message_of
from vla_sim.ros.qos import RELIABLE
from vla_sim.ros.readings import SECOND
from vla_sim.ros.robot import load_robot
from vla_sim.ros.topics import info_topic, topics_of

ROOT = Path(__file__).resolve().parents[1]
PERIOD = SECOND // 10
"""Of the recording [ns]."""

Round = list[tuple[str, Any, int]]
"""Topic, message and stamp since the beginning of the control period [ns]."""


def record(rounds: int, sensors: tuple[str, ...] | None = None, size: tuple[int, int] | None = None) -> list[Round]:
    """Return the messages of some control periods of a rover that goes round in a circle.

    ``sensors`` are those to play (None: all); ``size`` is the width and height of its camera [pixels].
    """
    streams = load_robot(sensors=sensors).streams
    topics = topics_of(load_robot().streams)
    env = VlaSimEnv("arena", "go_to_object", sensors=sensors)
    env.reset(seed=4)
    recorded: list[Round] = []
    for number in range(rounds):
        messages: Round = []
        for reading in env.readings:
            stream, topic = streams[reading.sensor], topics[reading.sensor]
            for each in messages_of(stream, reading):
                if size is not None and stream.modality == "rgb":
                    _enlarge(each.fields, size)
                place = info_topic(topic) if each.subtopic == "/camera_info" else topic
                since = round(reading.stamp * SECOND) - number * PERIOD
                messages.append((place, message_of(each.type, each.fields), since))
        recorded.append(messages)
        env.step([0.3, 0.6])
    env.close()
    return recorded


def _enlarge(fields: dict[str, Any], size: tuple[int, int]) -> None:
    width, height = size
    if "data" in fields:
        picture = np.frombuffer(fields["data"], np.uint8).reshape(fields["height"], fields["width"], 3)
        fields["data"] = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR).tobytes()
        fields["step"] = 3 * width
    else:
        focal = fields["k"][0] * min(width / fields["width"], height / fields["height"])
        fields["k"] = [focal, 0.0, width / 2, 0.0, focal, height / 2, 0.0, 0.0, 1.0]
    fields["width"], fields["height"] = width, height


class Player:
    """Publishes rounds as those of any time."""

    def __init__(self, node: Any, recorded: list[Round]):
        self._recorded = recorded
        self._publishers = {
            topic: node.create_publisher(type(message), topic, RELIABLE)
            for messages in recorded
            for topic, message, _ in messages
        }

    @property
    def heard(self) -> bool:
        """Whether somebody listens to everything."""
        return all(publisher.get_subscription_count() for publisher in self._publishers.values())

    def play(self, number: int, end: int, *, newest_only: bool = False) -> None:
        """Publish a round as that of the control period that ends at a time [ns]; or of each topic the last message."""
        messages = self._recorded[number % len(self._recorded)]
        if newest_only:
            messages = list({topic: (topic, message, PERIOD) for topic, message, _ in messages}.values())
        for topic, message, since in messages:
            if hasattr(message, "header"):
                stamp = message.header.stamp
                stamp.sec, stamp.nanosec = divmod(end - PERIOD + since, SECOND)
            self._publishers[topic].publish(message)


def clock_message(now: int) -> Any:
    message = message_class("rosgraph_msgs/msg/Clock")()
    message.clock.sec, message.clock.nanosec = divmod(now, SECOND)
    return message


def values_of(diagnostics: Any) -> dict[str, str]:
    """Return what a DiagnosticArray of the node says, by key."""
    return {value.key: value.value for status in diagnostics.status for value in status.values}


@contextmanager
def agent_process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the agent node in a process of its own, and end it."""
    command = [sys.executable, "-c", "from vla_sim.cli import main; main()", "ros", "agent", *arguments]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "agents"), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        _, said = process.communicate(timeout=60)
        if process.returncode:
            print(said, file=sys.stderr)
