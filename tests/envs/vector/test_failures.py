"""Workers that die, hang or raise; what is left of them, and of the main process."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from multiprocessing.connection import wait

import pytest
from gymnasium.vector import AutoresetMode
from vector_parts import Counter

from vla_sim.errors import HarnessError, InputError, SimulatorError

OK = Counter.OK
WAIT = 30.0


def sentinels(envs):
    return [process.sentinel for process in envs._crew._processes]


def all_end(handles):
    """Wait until all processes of these sentinels have ended."""
    handles, until = set(handles), time.monotonic() + WAIT
    while handles and (left := until - time.monotonic()) > 0:
        handles -= set(wait(handles, left))
    return not handles


@pytest.mark.parametrize(
    ("action", "kind", "message"),
    [
        (Counter.RAISE, SimulatorError, "environment 2 (seed 12): it diverged"),
        (Counter.INPUT, HarnessError, "environment 2 (seed 12): ValueError: no such action"),
        (Counter.DIE, SimulatorError, "environment 2 (seed 12): the worker process died (SIGKILL)"),
    ],
)
def test_a_failure_names_environment_and_seed_and_ends_all(vector, action, kind, message):
    envs = vector([Counter] * 4, workers=2)
    envs.reset(seed=10)
    envs.step([OK] * 4)
    handles = sentinels(envs)
    with pytest.raises(kind) as caught:
        envs.step([OK, OK, action, OK])
    assert str(caught.value) == message
    assert envs.closed
    assert all_end(handles)


def test_a_failing_reset_names_the_environment(vector):
    envs = vector([Counter] * 2, workers=1)
    with pytest.raises(InputError, match=r"^environment 1 \(in a reset; last seed 4\): options: refused$"):
        envs.reset(seed=3, options=[None, {"refuse": True}])
    envs = vector([lambda: Counter(1)] * 2, workers=1, autoreset_mode=AutoresetMode.SAME_STEP)
    envs.reset(seed=3)
    envs.set_next_episode(0, options={"refuse": True})
    with pytest.raises(InputError, match=r"^environment 0 \(in a reset; last seed 3\): options: refused$"):
        envs.step([OK, OK])


def test_a_worker_that_dies_between_two_steps(vector):
    envs = vector([Counter] * 4, workers=2)
    envs.reset(seed=10)
    process = envs._crew._processes[1]
    os.kill(process.pid, signal.SIGKILL)
    assert all_end([process.sentinel])
    with pytest.raises(SimulatorError, match=r"^environments 2 to 3: the worker process died \(SIGKILL\)$"):
        envs.step([OK] * 4)


def test_a_worker_that_hangs_is_told_by_the_time_limit_and_killed(vector):
    envs = vector([Counter] * 2, workers=2, timeout=1.0)
    envs.reset(seed=10)
    handles = sentinels(envs)
    with pytest.raises(SimulatorError, match=r"^environment 1 \(seed 11\): no answer within 1 s of wall time$"):
        envs.step([OK, Counter.HANG])
    assert all_end(handles)


def test_close_ends_a_worker_in_mid_step(vector):
    envs = vector([Counter] * 2, workers=2)
    envs.reset(seed=10)
    handles = sentinels(envs)
    envs.send([OK, Counter.HANG])
    envs.close()
    envs.close()
    assert all_end(handles)


def test_one_that_is_forgotten_ends_its_workers(vector):
    from vla_sim.envs.vector import VlaSimVectorEnv

    envs = VlaSimVectorEnv([Counter], workers=1)
    handles = [os.dup(handle) for handle in sentinels(envs)]
    del envs
    assert all_end(handles)
    for handle in handles:
        os.close(handle)


SCRIPT = """
    import os, signal, sys
    sys.path.insert(0, {folder!r})
    from vector_parts import Counter
    from vla_sim.envs.vector import VlaSimVectorEnv

    if __name__ == "__main__":
        envs = VlaSimVectorEnv([Counter] * 2, workers=2)
        envs.reset(seed=1)
        envs.send([Counter.OK, Counter.{action}])
        print(*(process.pid for process in envs._crew._processes), flush=True)
        {end}
"""


@pytest.mark.parametrize("action", ["OK", "HANG"])
@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "sys.exit()", "raise SystemExit(3)"])
def test_no_orphans_and_no_warnings_however_the_main_process_ends(tmp_path, action, end):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(SCRIPT).format(folder=os.path.dirname(__file__), action=action, end=end), encoding="utf-8"
    )
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    # The pipes were inherited by the workers: that they are closed means that these have ended, too.
    assert len(ran.stdout.split()) == 2
    assert ran.stderr == ""
    assert not any(os.path.exists(f"/proc/{pid}") and _runs(pid) for pid in ran.stdout.split())


MEMORY = """
    import sys
    sys.path.insert(0, {folder!r})
    from vector_parts import Counter
    from vla_sim.envs.vector import VlaSimVectorEnv

    def mapped():
        with open("/proc/self/maps") as file:
            return sum("memfd:vla_sim" in line for line in file)

    if __name__ == "__main__":
        envs = VlaSimVectorEnv([Counter] * 2, workers=2, copy=False)
        observations, _ = envs.reset(seed=1)
        print(mapped())
        envs.close()
        del envs
        print(mapped(), observations["count"].tolist())  # who still holds a batch may look at it
        del observations
        print(mapped())
"""


def test_memory_is_freed_as_soon_as_nobody_looks_at_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(MEMORY).format(folder=os.path.dirname(__file__)), encoding="utf-8")
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == ["1", "1 [[0, 0], [0, 0]]", "0"]


def _runs(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"
