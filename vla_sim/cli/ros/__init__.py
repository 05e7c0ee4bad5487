"""``vla-sim ros``: the agent, a simulated robot and faults as ROS 2 nodes, and recorded bags."""

from __future__ import annotations

import typer

from vla_sim.cli.ros.agent import agent

app = typer.Typer(help="ROS 2: the agent, a simulated robot and faults as nodes; bags.", no_args_is_help=True)
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""What a command does not know goes to ROS 2."""

app.command(
    epilog="Example: vla-sim ros agent --agent fusion --ros-args -p confidence_threshold:=0.6 -r odom:=wheel/odom",
    context_settings=_PASSED_ON,
)(agent)
