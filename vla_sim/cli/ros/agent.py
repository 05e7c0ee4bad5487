"""``vla-sim ros agent``: the agent as a ROS 2 node."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from vla_sim.cli.ros.arguments import ros_arguments

if TYPE_CHECKING:
    from vla_sim.ros.agent.node import AgentNode


def agent(
    context: typer.Context,
    agent: Annotated[str | None, typer.Option(help="Agent by name, or module:Class: the parameter `agent`.")] = None,
    sim_time: Annotated[bool, typer.Option("--sim-time", help="Go by /clock: the parameter `use_sim_time`.")] = False,
    autostart: Annotated[
        bool, typer.Option(help="Configure and activate at once; else a lifecycle manager does.")
    ] = True,
) -> None:
    """Drive a robot over ROS 2: what it senses and the words that it hears in, cmd_vel out.

    What follows the options goes to ROS 2: --ros-args with parameters (-p) and other names for topics (-r).
    """
    from vla_sim.ros.environment import prepare
    from vla_sim.ros.running import run

    prepare()

    def make() -> AgentNode:
        from vla_sim.ros.agent.node import AgentNode

        node = AgentNode()
        with contextlib.ExitStack() as on_error:
            on_error.callback(node.destroy_node)
            if autostart:
                node.start()
            on_error.pop_all()
        return node

    own = [f"agent:={agent}"] if agent else []
    own += ["use_sim_time:=true"] if sim_time else []
    given = [part for value in own for part in ("-p", value)]
    run(make, [*ros_arguments(context.args), *(["--ros-args", *given] if given else [])])
