"""Stands in for ``vla-sim ros ...`` and the listener: does what the test says, and notes how it was called.

What a program does: ``records`` (lines that the bridge writes), ``lines`` (those of the listener), ``code`` (exit code,
at once), ``say`` (what it prints), ``stubborn`` (ignores SIGTERM). Without ``code`` it stays until a signal comes.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

PROGRAM = (sys.executable, __file__)
LISTENER = (sys.executable, __file__, "listener")


def main(arguments):
    name = arguments[1] if arguments[0] == "ros" else arguments[0]
    act = json.loads(Path(os.environ["STANDIN_ACTS"]).read_text()).get(name, {})
    done = threading.Event()
    signal.signal(signal.SIGTERM, signal.SIG_IGN if act.get("stubborn") else lambda *_: done.set())
    if name == "listener":
        Path(arguments[-1]).write_text("".join(json.dumps(line) + "\n" for line in act.get("lines", ())))
    seen = Path(os.environ["STANDIN_SEEN"])
    with seen.open("a") as calls:
        environment = {key: value for key, value in os.environ.items() if key.startswith("ROS_")}
        call = {"name": name, "arguments": arguments, "pid": os.getpid(), "environment": environment}
        calls.write(json.dumps(call) + "\n")
    print(act.get("say", ""), flush=True)
    if "records" in act:
        out = Path(arguments[arguments.index("--out") + 1])
        out.write_text("".join(json.dumps(record) + "\n" for record in act["records"]))
    if name == "bridge" and "code" in act:
        wait_for_the_others(seen)
    if "code" in act:
        sys.exit(act["code"])
    done.wait()


def wait_for_the_others(seen):
    """A real bridge takes longer than the listener and the agent need to begin."""
    end = time.monotonic() + 60.0
    while not {"listener", "agent"} <= {json.loads(line)["name"] for line in seen.read_text().splitlines()}:
        assert time.monotonic() < end
        os.sched_yield()


if __name__ == "__main__":
    main(sys.argv[1:])
