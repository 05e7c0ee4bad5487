"""Servers never outlive who started them, however that ends."""

import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vla_sim.engines.gazebo import GazeboEngine
from vla_sim.errors import SimulatorError

PROMPT = 20.0
OWNER = textwrap.dedent("""
    import sys, threading
    sys.path.insert(0, sys.argv[1])
    import engine_scenes as scenes
    from vla_sim.engines.gazebo import GazeboEngine
    engine = GazeboEngine()
    engine.load(scenes.world(scenes.ground(), scenes.rover()))
    engine.reset()
    print(engine.server.guard, engine.server._folder, flush=True)
    threading.Event().wait()
""")


def ended(pid):
    """Wait until a process is gone; True if it went in time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(handle, "rb", closefd=True):
        return bool(select.select([handle], [], [], PROMPT)[0])


def started(file):
    return [int(pid) for pid in file.read_text().split()]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_with_a_killed_owner(stand_in, end):
    file = stand_in()
    command = [sys.executable, "-c", OWNER, str(Path(__file__).parents[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        guard, folder = owner.stdout.readline().split()
        owner.send_signal(end)
    assert ended(int(guard))
    assert not Path(folder).exists()
    assert all(ended(pid) for pid in started(file))


def test_the_server_ends_with_a_killed_guard(stand_in, engine):
    file = stand_in()
    engine.reset()
    os.kill(engine.server.guard, signal.SIGKILL)
    assert all(ended(pid) for pid in started(file))
    with pytest.raises(SimulatorError, match="died"):
        engine.step(0.1)


def test_a_killed_server_is_one_crash_and_the_next_reset_starts_another(stand_in, engine):
    file = stand_in()
    engine.reset()
    os.kill(started(file)[-1], signal.SIGKILL)
    with pytest.raises(SimulatorError, match=r"died \(signal 9\)"):
        engine.step(0.1)
    engine.reset()
    assert engine.step(0.1)


def test_closing_ends_the_server_and_its_folder(stand_in, engine):
    file = stand_in()
    engine.reset()
    folder = engine.server._folder
    engine.close()
    engine.close()
    assert all(ended(pid) for pid in started(file))
    assert not folder.exists()


def test_two_servers_do_not_hear_each_other(stand_in, world):
    with GazeboEngine() as one, GazeboEngine() as two:
        for engine in (one, two):
            engine.load(world)
            engine.reset()
        one.step(0.2)
        two.step(0.1)
        assert (one.time, two.time) == (0.2, 0.1)
        assert one.server.partition != two.server.partition
