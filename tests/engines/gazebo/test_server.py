"""A real Gazebo server: resets, crashes, determinism. Skipped, with the reason, where there is none."""

import json
import os
import signal
from pathlib import Path

import pytest

from vla_sim.bench.audit import audit
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.ledger import open_ledger
from vla_sim.bench.runner import run_plan
from vla_sim.bench.worker import make_env
from vla_sim.bench.workforce import RunOptions
from vla_sim.engines import make_engine
from vla_sim.engines.engine import Command
from vla_sim.envs.loading import load_site
from vla_sim.errors import NotReadyError, SimulatorError

pytestmark = [pytest.mark.gazebo, pytest.mark.slow]


@pytest.fixture
def make():
    """Makes an engine on a real server."""
    opened = []

    def make(**options):
        try:
            engine = make_engine("gazebo", **options)
        except NotReadyError as missing:
            pytest.skip(f"no Gazebo server here: {missing}")
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        engine.close()


def server_process(engine):
    """The process id of the server behind the guard."""
    children = Path(f"/proc/{engine.server.guard}/task/{engine.server.guard}/children").read_text().split()
    names = {int(pid): Path(f"/proc/{pid}/comm").read_text().strip() for pid in children}
    return next(pid for pid, name in names.items() if name != "Xvfb")


def test_100_resets_with_camera_and_lidar_lose_no_step(make):
    engine = make()
    engine.load(load_site("arena").world, ["camera", "lidar", "imu", "odom"])
    places = set()
    for _ in range(100):
        engine.reset()
        engine.apply(Command(0.4, 0.3))
        for step in range(1, 4):
            due = [(one.stamp, one.sensor) for one in engine.step(0.1) if one.sensor in ("camera", "lidar")]
            assert due == [(step / 10, "camera"), (step / 10, "lidar")]
        places.add(engine.truth().models["robot"].pose)
    assert len(places) == 1


def test_two_servers_run_side_by_side(make):
    one, two = make(), make()
    for engine in (one, two):
        engine.load(load_site("arena").world)
        engine.reset()
    one.apply(Command(0.4, 0.0))
    for _ in range(10):
        one.step(0.1)
        two.step(0.1)
    assert one.truth().models["robot"].pose.position[0] > 0.2
    assert abs(two.truth().models["robot"].pose.position[0]) < 1e-3


def test_a_killed_server_is_told_and_replaced(make):
    engine = make()
    engine.load(load_site("arena").world)
    engine.reset()
    engine.step(0.1)
    os.kill(server_process(engine), signal.SIGKILL)
    with pytest.raises(SimulatorError, match="the Gazebo server died"):
        engine.step(0.1)
    engine.reset()
    assert engine.step(0.1)


def test_a_server_killed_in_mid_trial_is_one_crash_and_the_suite_completes(make, tmp_path):
    make()
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "name: killed\nseed: 3\nscenarios:\n  - {world: arena, task: turn_by_angle, trials: 3}\n", encoding="utf-8"
    )
    plan = load_plan(suite, Overrides(engine="gazebo"))

    def killing_env(plan, cell):
        env = make_env(plan, cell)
        step, steps = env.step, []

        def kill_once(action):
            steps.append(action)
            if len(steps) == 5 and not (tmp_path / "killed").exists():
                (tmp_path / "killed").touch()
                os.kill(server_process(env.engine), signal.SIGKILL)
            return step(action)

        env.step = kill_once
        return env

    records = []
    with open_ledger(tmp_path / "run", plan, fresh=True) as ledger:
        run_plan(plan, ledger, tmp_path / "run", RunOptions(jobs=0), records.append, killing_env)
    outcomes = [record.outcome for record in records]
    assert outcomes == ["simulator_crash", "success", "success"], [json.dumps(r.model_dump()) for r in records]
    assert "the Gazebo server died" in records[0].reason


def test_two_runs_of_one_seed_are_identical(make):
    make()
    result = audit("gazebo", "arena", seed=5, seconds=10.0)
    assert result.identical, str(result)
