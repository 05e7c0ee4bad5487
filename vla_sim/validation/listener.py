"""``python -m vla_sim.validation.listener FILE``: keeps what the agent's node says about itself, a line a message."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vla_sim.ros.topics import DIAGNOSTICS

LATENCY = "image stamp to command "
"""What the keys of the figures begin with that tell how old a picture was when the command on it was sent."""


def latencies(file: Path) -> dict[str, float]:
    """Return the last figures that were told [ms], by statistic (``p50``, ``p99``, ``max``); empty if none were."""
    found: dict[str, float] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        try:
            said: Mapping[str, str] = json.loads(line)
        except ValueError:
            continue  # the last line of a listener that was ended while it wrote
        told = {
            key.removeprefix(LATENCY).partition(" ")[0]: value for key, value in said.items() if key.startswith(LATENCY)
        }
        if told:
            found = {name: float(value) for name, value in told.items()}
    return found


def main(path: str) -> None:
    """Listen until a signal comes."""
    from vla_sim.ros.running import run

    with Path(path).open("w", encoding="utf-8") as file:

        def make() -> Any:
            from diagnostic_msgs.msg import DiagnosticArray
            from rclpy.node import Node

            class Listener(Node):
                def __init__(self) -> None:
                    super().__init__("validation_listener")
                    self.create_subscription(DiagnosticArray, DIAGNOSTICS, self._keep, 10)

                def _keep(self, message: DiagnosticArray) -> None:
                    said = {pair.key: pair.value for status in message.status for pair in status.values}
                    file.write(json.dumps(said) + "\n")
                    file.flush()

                def finish(self) -> None:
                    """Nothing is left to do."""

            return Listener()

        run(make)


if __name__ == "__main__":
    main(sys.argv[1])
