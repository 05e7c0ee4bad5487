"""``python -m vla_sim.validation.listener FILE``: keeps what agent and relay say about themselves, a line a message."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vla_sim.ros.topics import DIAGNOSTICS

LATENCY = "image stamp to command "
"""What the keys of the figures begin with that tell how old a picture was when the command on it was sent."""

RELAY = "vla_sim_faults/faults"
"""The relay's topic that tells which faults were put on anything."""
APPLIED = "applied"


def latencies(file: Path) -> dict[str, float]:
    """Return the last figures that were told [ms], by statistic (``p50``, ``p99``, ``max``); empty if none were."""
    found: dict[str, float] = {}
    for said in _said(file):
        told = {
            key.removeprefix(LATENCY).partition(" ")[0]: value for key, value in said.items() if key.startswith(LATENCY)
        }
        if told:
            found = {name: float(value) for name, value in told.items()}
    return found


def applied(file: Path) -> set[str]:
    """Return the faults that the relay has put on at least one message, as ``stream:kind``."""
    return {fault for said in _said(file) for fault in said.get(APPLIED, ())}


def relay_is_there(file: Path) -> bool:
    """Return whether the relay has told anything yet: what is published before then passes it by."""
    return any(APPLIED in said for said in _said(file))


def _said(file: Path) -> Iterator[Mapping[str, Any]]:
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        with contextlib.suppress(ValueError):  # the last line of a listener that was ended while it wrote
            yield json.loads(line)


def main(path: str) -> None:
    """Listen until a signal comes."""
    from vla_sim.ros.running import run

    with Path(path).open("w", encoding="utf-8") as file:

        def make() -> Any:
            from diagnostic_msgs.msg import DiagnosticArray
            from rclpy.node import Node
            from std_msgs.msg import String

            from vla_sim.ros.qos import LATCHED

            class Listener(Node):
                def __init__(self) -> None:
                    super().__init__("validation_listener")
                    self.create_subscription(DiagnosticArray, DIAGNOSTICS, self._keep, 10)
                    self.create_subscription(String, RELAY, self._keep_faults, LATCHED)

                def _keep(self, message: DiagnosticArray) -> None:
                    self._write({pair.key: pair.value for status in message.status for pair in status.values})

                def _keep_faults(self, message: String) -> None:
                    self._write({APPLIED: json.loads(message.data)[APPLIED]})

                def _write(self, said: Mapping[str, Any]) -> None:
                    file.write(json.dumps(said) + "\n")
                    file.flush()

                def finish(self) -> None:
                    """Nothing is left to do."""

            return Listener()

        run(make)


if __name__ == "__main__":
    main(sys.argv[1])
