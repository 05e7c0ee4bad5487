"""``manifest.json``: what differs from one run to the next. Nothing else reads clock or machine."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import vla_sim
from vla_sim import assets
from vla_sim.bench.atomic import write_text

_PACKAGES = ("mujoco", "numpy", "gymnasium", "opencv-python-headless", "scipy", "pydantic", "optuna", "torch")


class Manifest:
    """The sessions that filled one ledger: the first run and every resumption."""

    def __init__(self, path: Path, plan_digest: str):
        self._path = path
        self._plan = plan_digest
        self._sessions = _earlier_sessions(path)
        self._session: dict[str, Any] = {
            "started": _now(),
            "command": sys.argv,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "cpu_count": os.cpu_count(),
            "vla_sim": vla_sim.__version__,
            "git_commit": git_commit(),
            "packages": _versions(),
        }
        self._write()

    def finish(self, wall_seconds: float, trials: int, facts: Mapping[str, Any]) -> None:
        """Note how the session ended."""
        self._session |= {"finished": _now(), "wall_seconds": round(wall_seconds, 3), "trials_run": trials, **facts}
        self._write()

    def _write(self) -> None:
        data = {"plan_sha256": self._plan, "sessions": [*self._sessions, self._session]}
        write_text(self._path, json.dumps(data, indent=2) + "\n")


def _earlier_sessions(path: Path) -> list[Any]:
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["sessions"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def git_commit() -> str | None:
    """Return the commit of the checkout that runs; None where it is none."""
    if not (assets.ROOT / ".git").exists():
        return None
    command = ["git", "-C", str(assets.ROOT), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
