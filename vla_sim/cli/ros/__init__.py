"""``vla-sim ros``: the agent, a simulated robot and faults as ROS 2 nodes, and recorded bags."""

from __future__ import annotations

import typer

from vla_sim.cli.ros.arguments import ROS_ARGUMENTS
from vla_sim.cli.ros.bridge import bridge
from vla_sim.cli.ros.faults import faults

app = typer.Typer(help="ROS 2: the agent, a simulated robot and faults as nodes; bags.", no_args_is_help=True)
app.command(
    context_settings=ROS_ARGUMENTS,
    epilog="Example: vla-sim ros bridge --world arena --task go_to_object --pace lockstep --once",
)(bridge)
app.command(
    context_settings=ROS_ARGUMENTS,
    epilog="Example: vla-sim ros faults --fault camera:blackout --arm --dead-man 0 --ros-args -p use_sim_time:=true",
)(faults)
