"""``vla-sim ros``: the agent, a simulated robot and faults as ROS 2 nodes, and recorded bags."""

from __future__ import annotations

import typer

app = typer.Typer(help="ROS 2: the agent, a simulated robot and faults as nodes; bags.", no_args_is_help=True)
