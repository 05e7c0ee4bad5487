"""``vla-sim ros faults``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vla_sim.cli.ros.arguments import ros_arguments
from vla_sim.errors import InputError
from vla_sim.ros.environment import prepare

if TYPE_CHECKING:
    from vla_sim.faults.spec import FaultSpec


def faults(
    context: typer.Context,
    fault: Annotated[list[str] | None, typer.Option(help="Fault, as camera:blackout@L3; several may be given.")] = None,
    suite: Annotated[str | None, typer.Option(help="Suite file, or shipped suite, that has the faults.")] = None,
    suite_arm: Annotated[str | None, typer.Option(help="Arm of the suite, such as blackout or fog@0.4.")] = None,
    arm: Annotated[bool, typer.Option("--arm", help="Be armed from the first time on that the clock tells.")] = False,
    dead_man: Annotated[
        float, typer.Option(min=0.0, help="Seconds without ~/keep_alive after which it disarms; 0: never.")
    ] = 2.0,
    prefix: Annotated[str, typer.Option(help="What comes before topics on the agent's side.")] = "faulted/",
    robot: Annotated[str, typer.Option(help="Robot by name, or SDF model, whose streams the faults name.")] = "rover",
    topic: Annotated[list[str] | None, typer.Option(metavar="NAME=TOPIC", help="Topic of a stream.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the faults.")] = 0,
    control_rate: Annotated[float, typer.Option(min=0.1, help="Commands a second of the agent.")] = 10.0,
) -> None:
    """Publish a robot's topics again with faults on them; passes everything byte for byte until it is armed.

    docs/ros2_bridge.md lists topics, services and parameters. Exit code: 0 ended by a signal, 2 bad input.
    """
    arguments = ros_arguments(context.args)
    from vla_sim.faults.spec import read_faults
    from vla_sim.ros.relay.plan import RelayPlan
    from vla_sim.ros.robot import load_robot

    if (suite is None) != (suite_arm is None):
        raise InputError("a suite and one of its arms belong together", field="--suite-arm")
    wanted = (*(arm_faults(suite, suite_arm) if suite and suite_arm else ()), *read_faults(fault or ()))
    plan = RelayPlan.make(wanted, load_robot(robot).streams, seed, control_rate, dict(map(_pair, topic or ())))
    prepare()
    from vla_sim.ros.relay.node import RelayNode, RelaySettings
    from vla_sim.ros.running import run

    run(lambda: RelayNode(RelaySettings(plan, arm, prefix, dead_man)), arguments)


def arm_faults(suite: str, arm: str) -> tuple[FaultSpec, ...]:
    """Return the faults of a suite's arm.

    Raises:
        InputError: there is no such suite or arm, or it has other faults in another scenario.
    """
    from vla_sim.bench.expand import load_plan
    from vla_sim.bench.schema import nearest
    from vla_sim.cli.run import find_suite

    plan = load_plan(find_suite(suite))
    found = [cell.arms[arm] for cell in plan.cells if arm in cell.arms]
    if not found:
        raise InputError(f"the suite has no arm '{arm}'{nearest(arm, plan.arms)}", field="--suite-arm")
    if any(faults != found[0] for faults in found):
        raise InputError(
            f"the arm '{arm}' has other faults in other scenarios; give them with --fault", field="--suite-arm"
        )
    return found[0]


def _pair(text: str) -> tuple[str, str]:
    name, equals, topic = text.partition("=")
    if not (name and equals and topic):
        raise InputError(f"'{text}' is not of the form name=topic", field="--topic")
    return name, topic
