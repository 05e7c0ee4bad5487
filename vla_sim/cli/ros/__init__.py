"""``vla-sim ros``: the agent, a simulated robot and faults as ROS 2 nodes, and recorded bags."""

from __future__ import annotations

import typer

from vla_sim.cli.ros.score import score

app = typer.Typer(help="ROS 2: the agent, a simulated robot and faults as nodes; bags.", no_args_is_help=True)
app.command(epilog="Example: vla-sim ros score drive.mcap --agent fusion --fault camera:blackout --out runs/score")(
    score
)
