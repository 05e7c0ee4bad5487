"""Where worlds, robots and suites live: beside the package in a checkout, inside it when installed from a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
ROOT = _PACKAGE.parent if (_PACKAGE.parent / "worlds").is_dir() else _PACKAGE / "_assets"

WORLDS = ROOT / "worlds"
ROBOTS = ROOT / "robots"
SCENARIOS = ROOT / "scenarios"
