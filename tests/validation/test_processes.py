"""Programs beside each other: how they end, and that nothing is left."""

import os
import sys
import time

import pytest

from vla_sim.validation import processes
from vla_sim.validation.processes import Program, ProgramError, running

STAY = "import signal; print('here', flush=True); signal.pause()"
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('no', flush=True)
while True:
    signal.pause()
"""
PARENT = (
    "import subprocess, sys, signal; child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']);"
    "print(child.pid, flush=True); signal.pause()"
)


def python(tmp_path, name, code):
    return Program(name, [sys.executable, "-c", code], tmp_path / "logs" / f"{name}.txt")


def said(program):
    """Return the first line of a program's log, as soon as it is there."""
    end = time.monotonic() + 30.0
    while time.monotonic() < end:
        text = program.log.read_text() if program.log.exists() else ""
        if text.endswith("\n"):
            return text.splitlines()[0]
        os.sched_yield()
    raise AssertionError(f"{program.name} says nothing")


def gone(pid):
    """Say whether a process has ended, its entry reaped or not."""
    end = time.monotonic() + 30.0
    while time.monotonic() < end:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        os.sched_yield()
    return False


def test_the_one_waited_for_ends_and_the_others_are_ended(tmp_path):
    stay, short = python(tmp_path, "stay", STAY), python(tmp_path, "short", "raise SystemExit(7)")
    with running(os.environ) as programs:
        programs.start(stay)
        assert said(stay) == "here"
        programs.start(short)
        assert programs.wait_for("short", 60.0) == 7
        pid = programs._processes["stay"][1].pid
    assert gone(pid)


def test_children_of_programs_end_too(tmp_path):
    parent = python(tmp_path, "parent", PARENT)
    with running(os.environ) as programs:
        programs.start(parent)
        child = int(said(parent))
    assert gone(child)


def test_children_end_even_if_their_parent_went_first(tmp_path):
    orphan = "import subprocess, sys; c = subprocess.Popen(['sleep', '600']); print(c.pid, flush=True)"
    parent = python(tmp_path, "parent", orphan)
    with running(os.environ) as programs:
        programs.start(parent)
        assert programs.wait_for("parent", 60.0) == 0
        child = int(said(parent))
    assert gone(child)


def test_who_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "GRACE", 0.2)
    stubborn = python(tmp_path, "stubborn", STUBBORN)
    with running(os.environ) as programs:
        programs.start(stubborn)
        assert said(stubborn) == "no"
        pid = programs._processes["stubborn"][1].pid
    assert gone(pid)


def test_all_end_when_something_goes_wrong(tmp_path):
    stay, pids = python(tmp_path, "stay", STAY), []

    def fail():
        with running(os.environ) as programs:
            programs.start(stay)
            said(stay)
            pids.append(programs._processes["stay"][1].pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert gone(pids[0])


def test_one_that_must_not_end_is_named_with_its_last_words(tmp_path):
    with running(os.environ) as programs:
        programs.start(python(tmp_path, "stay", STAY))
        programs.start(python(tmp_path, "agent", "print('no checkpoint │'); print('╰───╯'); raise SystemExit(2)"))
        with pytest.raises(ProgramError, match=r"agent ended with exit code 2; the last line .* no checkpoint$"):
            programs.wait_for("stay", 60.0)


def test_time_is_up(tmp_path):
    with running(os.environ) as programs:
        programs.start(python(tmp_path, "stay", STAY))
        with pytest.raises(ProgramError, match=r"stay has not ended after 0.1 s"):
            programs.wait_for("stay", 0.1)


def test_what_cannot_be_started(tmp_path):
    with running(os.environ) as programs, pytest.raises(ProgramError, match="nothing cannot be started"):
        programs.start(Program("nothing", [str(tmp_path / "nothing")], tmp_path / "log.txt"))
