"""``vla-sim ros``: the agent, a simulated robot and faults as ROS 2 nodes, and recorded bags."""

from __future__ import annotations

import typer

from vla_sim.cli.ros.agent import agent
from vla_sim.cli.ros.arguments import ROS_ARGUMENTS
from vla_sim.cli.ros.bridge import bridge
from vla_sim.cli.ros.faults import faults
from vla_sim.cli.ros.score import score

app = typer.Typer(help="ROS 2: the agent, a simulated robot and faults as nodes; bags.", no_args_is_help=True)
app.command(
    context_settings=ROS_ARGUMENTS,
    epilog="Example: vla-sim ros agent --agent fusion --ros-args -p confidence_threshold:=0.6 -r odom:=wheel/odom",
)(agent)
app.command(
    context_settings=ROS_ARGUMENTS,
    epilog="Example: vla-sim ros bridge --world arena --task go_to_object --pace lockstep --once",
)(bridge)
app.command(
    context_settings=ROS_ARGUMENTS,
    epilog="Example: vla-sim ros faults --fault camera:blackout --arm --dead-man 0 --ros-args -p use_sim_time:=true",
)(faults)
app.command(epilog="Example: vla-sim ros score drive.mcap --agent fusion --fault camera:blackout --out runs/score")(
    score
)
