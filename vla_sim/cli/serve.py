"""``vla-sim serve``: an agent for those who are elsewhere."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer


def serve(
    agent: Annotated[str, typer.Option(help="Agent by name, or module:Class.")] = "fusion",
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every interface.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for one that is free.")] = 8000,
    batch: Annotated[
        int, typer.Option(min=1, help="Most requests of all connections that are answered together, if they wait.")
    ] = 1,
) -> None:
    """Offer an agent as a policy server that speaks openpi's protocol, until Ctrl-C.

    It is used by `vla-sim run SUITE --agent ws://127.0.0.1:8000`, and so is any other server of that protocol.
    """
    from vla_sim.remote.server import PolicyServer

    server, done = PolicyServer(agent, host, port, batch), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    typer.echo(f"{agent} at ws://{host}:{server.port}")
    server.run(done)
