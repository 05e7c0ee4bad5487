"""Where worlds, robots and suites live: beside the package in a checkout, inside it when installed from a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
ROOT = _PACKAGE.parent if (_PACKAGE.parent / "worlds").is_dir() else _PACKAGE / "_assets"

WORLDS = ROOT / "worlds"
ROBOTS = ROOT / "robots"
SCENARIOS = ROOT / "scenarios"


def world_names() -> list[str]:
    """Return the names of the worlds that come with vla_sim."""
    return sorted(path.stem for path in WORLDS.glob("*.sdf"))


def robot_names() -> list[str]:
    """Return the names of the robots that come with vla_sim."""
    return sorted(path.parent.name for path in ROBOTS.glob("*/model.sdf"))
