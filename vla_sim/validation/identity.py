"""What was validated, and where: agent, checkpoint, versions, machine."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import platform
import subprocess
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import vla_sim
from vla_sim import assets
from vla_sim.agent import PrivilegedAgent, load_agent
from vla_sim.bench.manifest import git_commit
from vla_sim.errors import InputError

CARD = "card.json"
_PACKAGES = frozenset(
    ["mujoco", "numpy", "scipy", "opencv-python-headless", "gymnasium", "pydantic", "torch", "transformers", "rosbags"]
)
_ROS = "ros-"


def agent_identity(spec: str) -> dict[str, Any]:
    """Load an agent once, and return what it is: its class, and the hashes of its checkpoint if it has one.

    Raises:
        InputError: it cannot be loaded, or it reads the ground truth: no robot has that.
    """
    agent = load_agent(spec)
    if isinstance(agent, PrivilegedAgent):
        raise InputError(f"'{spec}' reads the ground truth: it cannot drive a robot", field="--agent")
    kind = type(agent)
    checkpoint = _checkpoint(spec, kind)
    return {
        "spec": spec,
        "class": f"{kind.__module__}:{kind.__qualname__}",
        "source_sha256": _sha256(Path(inspect.getfile(kind))),
        "checkpoint": None if checkpoint is None else _checkpoint_identity(checkpoint),
    }


def manifest() -> dict[str, Any]:
    """Return the versions and the machine: the part of a validation that is another one elsewhere."""
    return {
        "vla_sim": vla_sim.__version__,
        "git_commit": git_commit(),
        "git_dirty": _git_dirty(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu_count": os.cpu_count(),
        "packages": {
            str(found.name): found.version
            for found in sorted(distributions(), key=lambda found: str(found.name))
            if str(found.name) in _PACKAGES or str(found.name).startswith(_ROS)
        },
        "ros_distro": os.environ.get("ROS_DISTRO"),
    }


def _checkpoint(spec: str, kind: type[Any]) -> Path | None:
    """Return the folder that an agent is made from: the one behind ``@``, or its class's default."""
    given = spec.partition("@")[2]
    default = next((p.default for name, p in inspect.signature(kind).parameters.items() if name == "checkpoint"), None)
    folder = Path(given) if given else default if isinstance(default, Path) else None
    return folder if folder is not None and folder.is_dir() else None


def _checkpoint_identity(folder: Path) -> dict[str, Any]:
    files = {file.name: _sha256(file) for file in sorted(folder.iterdir()) if file.is_file()}
    whole = hashlib.sha256(json.dumps(files).encode()).hexdigest()
    return {"name": folder.name, "card_sha256": files.get(CARD), "sha256": whole, "files": files}


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _git_dirty() -> bool | None:
    """Return whether files of the project differ from the commit; None where nobody knows."""
    command = ["git", "-C", str(assets.ROOT), "status", "--porcelain", "--untracked-files=no"]
    try:
        return bool(subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip())
    except (OSError, subprocess.SubprocessError):
        return None
