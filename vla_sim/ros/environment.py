"""What a process needs around it before ROS 2 is first used: where it listens, and memory for pictures."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from vla_sim.errors import NotReadyError

_RANGE = "ROS_AUTOMATIC_DISCOVERY_RANGE"
_PROFILES = "FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"
"""Jazzy reads the first name, later releases the second."""
LOCAL, NETWORK = (Path(__file__).with_name(f"fastdds_{name}.xml") for name in ("local", "network"))


def prepare() -> None:
    """Set what the user has not: one machine only, and a Fast DDS profile with room for pictures.

    To be called before ``rclpy.init``. A robot on a network is asked for with ``ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET``
    or with a profile of one's own.

    Raises:
        NotReadyError: there is no ROS 2.
    """
    if importlib.util.find_spec("rclpy") is None:
        raise NotReadyError(
            "ROS 2 is not installed: pip install 'vla-sim[ros]', or source a ROS 2 workspace's setup.bash"
        )
    reach = os.environ.setdefault(_RANGE, "LOCALHOST")
    if not any(os.environ.get(name) for name in _PROFILES):
        profile = LOCAL if reach in ("LOCALHOST", "OFF") else NETWORK
        os.environ.update(dict.fromkeys(_PROFILES, str(profile)))
