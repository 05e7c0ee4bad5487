"""The environment that a ``gz`` program is started in."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_BOOTSTRAP = "_ROS_WHEELS_BOOTSTRAP_COMPLETE"
"""What the wheels of ROS 2 set in an interpreter that they have started anew with their libraries on its path."""
_LIBRARIES = "LD_LIBRARY_PATH"
_PACKAGES = "site-packages", "dist-packages"
_PREFIX = Path(sys.prefix) / "lib"


def plain_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment without what ROS 2's wheels put into it.

    Their libraries are of other versions than those that Gazebo, or another virtual environment, was built with, and
    an interpreter that finds the mark would not set up its own.

    >>> plain_environment({"LD_LIBRARY_PATH": "/venv/lib/python3.11/site-packages/rclpy.libs:/opt/gz/lib"})
    {'LD_LIBRARY_PATH': '/opt/gz/lib'}
    """
    plain = {name: value for name, value in environment.items() if name != _BOOTSTRAP}
    if _LIBRARIES in plain:
        kept = [
            folder
            for folder in plain[_LIBRARIES].split(os.pathsep)
            if folder and Path(folder) != _PREFIX and not any(part in _PACKAGES for part in Path(folder).parts)
        ]
        if kept:
            plain[_LIBRARIES] = os.pathsep.join(kept)
        else:
            del plain[_LIBRARIES]
    return plain
