"""What ``ros2 run vla_sim_ros NODE`` starts: the same as ``vla-sim ros NODE``, with the same options."""

from __future__ import annotations

import sys


def agent() -> None:
    """Run the agent's node."""
    _run("agent")


def bridge() -> None:
    """Run the simulated robot."""
    _run("bridge")


def faults() -> None:
    """Run the fault relay."""
    _run("faults")


def _run(name: str) -> None:
    try:
        from vla_sim.cli import main
    except ModuleNotFoundError as error:
        sys.exit(f"{error}; install vla_sim for the Python of this ROS 2 ({sys.executable} -m pip install vla-sim)")
    sys.argv[1:1] = ["ros", name]
    main()
