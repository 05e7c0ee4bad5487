"""Runs a server and ends it, with all that it started, when whoever asked for it dies or lets go.

    python guard.py [--display] PROGRAM ARGUMENT... FOLDER/FILE

The guard leads a session of its own, in which the server (and its X server) run. Standard input is a pipe that its
parent holds open. When the pipe closes, the parent dies or the server ends, everything in the session is ended; when
the guard itself is killed, the kernel kills the server. Where it was the parent that ended, the file's folder goes,
too. Only the standard library: it must start at once.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1
_GRACE_S = 5.0


def _die_with_guard() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _start_display() -> tuple[subprocess.Popen[bytes], str]:
    """Start an X server on a display number that it finds itself."""
    reading, writing = os.pipe()
    display = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
        stdin=subprocess.DEVNULL,
        pass_fds=[writing],
        preexec_fn=_die_with_guard,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return display, f":{pipe.readline().strip()}"


def main() -> int:
    """Run the server to its end, and return its exit code."""
    parent = os.pidfd_open(os.getppid())
    arguments = sys.argv[1:]
    environment = dict(os.environ)
    display = None
    if arguments[0] == "--display":
        arguments = arguments[1:]
        display, environment["DISPLAY"] = _start_display()
    server = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, env=environment, preexec_fn=_die_with_guard)
    ended = os.pidfd_open(server.pid)
    ready, _, _ = select.select([sys.stdin.fileno(), parent, ended], [], [])
    if ended not in ready:
        shutil.rmtree(os.path.dirname(arguments[-1]), ignore_errors=True)
        server.send_signal(signal.SIGINT)
        if not select.select([ended], [], [], _GRACE_S)[0]:
            server.kill()
    code = server.wait()
    if display is not None:
        # Asked to end it takes its lock and its socket with it.
        display.terminate()
        try:
            display.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            display.kill()
            display.wait()
    # Whatever the server started besides goes with it; the guard itself ignores the signal.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
