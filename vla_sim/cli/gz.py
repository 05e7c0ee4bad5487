"""``vla-sim gz``: look at, and take part in, what goes over Gazebo's transport."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vla_sim.bench.exit_code import ExitCode
from vla_sim.errors import InputError

if TYPE_CHECKING:
    from vla_sim.gz import Node

app = typer.Typer(help="Topics and services of a Gazebo server, for debugging.", no_args_is_help=True)
topic = typer.Typer(help="Topics: list, info, echo, pub.", no_args_is_help=True)
service = typer.Typer(help="Services: list, info, call.", no_args_is_help=True)
app.add_typer(topic, name="topic")
app.add_typer(service, name="service")

Partition = Annotated[str | None, typer.Option(help="Partition; GZ_PARTITION or hostname:user if not given.")]
Address = Annotated[str | None, typer.Option(help="Address of the interface; GZ_IP or 127.0.0.1 if not given.")]
Topic = Annotated[str, typer.Argument(help="Topic, such as /clock.")]
Service = Annotated[str, typer.Argument(help="Service, such as /world/arena/control.")]
Timeout = Annotated[float, typer.Option(min=0, help="Seconds to wait.")]


def _node(partition: str | None, ip: str | None) -> Node:
    from vla_sim.gz import Node

    return Node(partition, ip)


@app.command("world", epilog="Example: vla-sim gz world arena --out arena.sdf")
def world(
    name: Annotated[str, typer.Argument(help="Name of a shipped world, or an SDF file.")],
    out: Annotated[Path | None, typer.Option(help="File to write; standard output if not given.")] = None,
    renderer: Annotated[str, typer.Option(help="What the server draws with: ogre2 or ogre.")] = "ogre2",
) -> None:
    """Write a world as the Gazebo engine runs it, for a server that is started by hand or in a container."""
    from vla_sim.engines.gazebo.world_file import world_file
    from vla_sim.engines.streams import sources
    from vla_sim.envs.loading import load_site

    if renderer not in ("ogre2", "ogre"):
        raise InputError(f"unknown renderer {renderer!r}; choose ogre2 or ogre", field="--renderer")
    loaded = load_site(name).world
    text = world_file(loaded, sources(loaded), 0.001, renderer)
    if out is None:
        typer.echo(text, nl=False)
    elif out.absolute().parent.is_dir():
        out.write_text(text, encoding="utf-8")
    else:
        raise InputError("the folder is not there", file=out.parent)


@topic.command("list", epilog="Example: vla-sim gz topic list")
def list_topics(partition: Partition = None, ip: Address = None) -> None:
    """List the topics that somebody publishes or listens to."""
    with _node(partition, ip) as node:
        for name in node.topics():
            typer.echo(name)


@topic.command("info", epilog="Example: vla-sim gz topic info /clock")
def topic_info(name: Topic, partition: Partition = None, ip: Address = None) -> None:
    """Say who publishes a topic and who listens to it, with address and type."""
    with _node(partition, ip) as node:
        info = node.topic_info(name)
    for role, offers in (("publisher", info.publishers), ("subscriber", info.subscribers)):
        for offer in offers:
            typer.echo(f"{role} {offer.address} {offer.type}")
    if not info.publishers and not info.subscribers:
        raise InputError(f"nobody publishes {name} or listens to it in partition {node.partition!r}")


@topic.command("echo", epilog="Example: vla-sim gz topic echo /odom --count 1")
def echo(
    name: Topic,
    count: Annotated[int, typer.Option(min=0, help="Stop after so many messages; 0 goes on.")] = 0,
    timeout: Annotated[float | None, typer.Option(min=0, help="Stop after so many seconds.")] = None,
    partition: Partition = None,
    ip: Address = None,
) -> None:
    """Print the messages of a topic in protobuf's text format; stops with Ctrl-C. Exit code 1 if none came."""
    from vla_sim.gz import to_text

    deadline = None if timeout is None else time.monotonic() + timeout
    printed = 0
    with _node(partition, ip) as node, node.subscribe(name) as subscription:
        while not count or printed < count:
            message = subscription.receive(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if message is None:
                break
            typer.echo(to_text(message))
            printed += 1
        if subscription.dropped or subscription.rejected:
            typer.echo(f"{subscription.dropped} dropped, {subscription.rejected} not understood", err=True)
    if not printed:
        raise typer.Exit(ExitCode.FAILED)


@topic.command("pub", epilog="Example: vla-sim gz topic pub /cmd_vel gz.msgs.Twist 'linear {x: 0.3}'")
def pub(
    name: Topic,
    type_name: Annotated[str, typer.Argument(metavar="TYPE", help="Full name, such as gz.msgs.Twist.")],
    text: Annotated[str, typer.Argument(help="The message in protobuf's text format.")],
    count: Annotated[int, typer.Option(min=1, help="How often to send it.")] = 1,
    timeout: Timeout = 5.0,
    partition: Partition = None,
    ip: Address = None,
) -> None:
    """Publish a message, once a subscriber is there. Exit code 1 if none came."""
    from vla_sim.gz import from_text

    message = from_text(type_name, text)
    with _node(partition, ip) as node, node.advertise(name, type_name) as publisher:
        if not publisher.wait_for_subscriber(timeout):
            typer.echo(f"nobody listens to {name} as {type_name} in partition {node.partition!r}", err=True)
            raise typer.Exit(ExitCode.FAILED)
        for _ in range(count):
            if not publisher.publish(message, timeout):
                raise typer.Exit(ExitCode.FAILED)


@service.command("list", epilog="Example: vla-sim gz service list")
def list_services(partition: Partition = None, ip: Address = None) -> None:
    """List the services that somebody offers."""
    with _node(partition, ip) as node:
        for name in node.services():
            typer.echo(name)


@service.command("info", epilog="Example: vla-sim gz service info /world/arena/control")
def service_info(name: Service, partition: Partition = None, ip: Address = None) -> None:
    """Say who offers a service, with address and types."""
    with _node(partition, ip) as node:
        offers = node.service_info(name)
    for offer in offers:
        typer.echo(f"{offer.address} {offer.type} -> {offer.reply_type}")
    if not offers:
        raise InputError(f"nobody offers {name} in partition {node.partition!r}")


@service.command(
    "call",
    epilog="Example: vla-sim gz service call /world/arena/control gz.msgs.WorldControl gz.msgs.Boolean 'pause: true'",
)
def call(
    name: Service,
    request_type: Annotated[str, typer.Argument(metavar="REQUEST_TYPE", help="Full name of the request's type.")],
    reply_type: Annotated[str, typer.Argument(metavar="REPLY_TYPE", help="Full name of the answer's type.")],
    text: Annotated[str, typer.Argument(help="The request in protobuf's text format.")] = "",
    timeout: Timeout = 5.0,
    partition: Partition = None,
    ip: Address = None,
) -> None:
    """Call a service and print its answer. Exit code 1 if there is no good one."""
    from vla_sim.gz import RequestError, from_text, to_text

    message = from_text(request_type, text)
    with _node(partition, ip) as node:
        try:
            reply = node.request(name, message, reply_type, timeout)
        except RequestError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(ExitCode.FAILED) from error
    typer.echo(to_text(reply))
