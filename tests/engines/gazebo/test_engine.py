"""The engine's own rules: order of calls, what is refused, pictures, servers that run already."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pytest

from vla_sim.engines.engine import Command, Variation
from vla_sim.engines.gazebo import GazeboEngine
from vla_sim.engines.gazebo.truth import _rates
from vla_sim.engines.gazebo.world_file import world_file
from vla_sim.engines.streams import sources
from vla_sim.errors import InputError
from vla_sim.geometry import Pose


def test_the_order_of_calls(stand_in, world):
    engine = GazeboEngine()
    with pytest.raises(RuntimeError, match="load a world first"):
        engine.reset()
    engine.load(world)
    assert engine.time == 0.0
    with pytest.raises(RuntimeError, match="reset first"):
        engine.step(0.1)
    engine.close()


def test_what_is_refused(engine):
    engine.reset()
    with pytest.raises(ValueError, match="not a whole number of physics steps"):
        engine.step(0.0005)
    with pytest.raises(ValueError, match="not finite"):
        engine.apply(Command(float("nan"), 0.0))
    with pytest.raises(ValueError, match="no position controller for joint 'arm'"):
        engine.apply(Command(joints={"arm": 1.0}))
    with pytest.raises(InputError, match="unknown model 'nobody'"):
        engine.reset({"nobody": Pose()})
    # None of that ends the server.
    assert engine.step(0.1)


def test_without_contacts_nothing_feels(stand_in, world):
    with GazeboEngine(contacts=False) as engine:
        with pytest.raises(InputError, match="without contacts there is no bumper; leave it out"):
            engine.load(world)
        engine.load(world, ["imu", "odom"])
        engine.reset()
        engine.step(0.1)
        assert engine.truth().contacts == frozenset()
        partition = engine.server.partition
        engine.reset()
        assert engine.server.partition == partition


def test_another_variation_takes_another_server(engine):
    partitions = []
    for light in (1.0, 0.5, 0.5):
        engine.reset(variation=Variation(light=light))
        engine.step(0.1)
        partitions.append(engine.server.partition)
    assert partitions[0] != partitions[1] == partitions[2]


def test_pictures_show_the_models_where_gazebo_has_them(engine):
    view = Pose.from_xyz_rpy(-2.0, 0.0, 1.5, 0.0, 0.5, 0.0)
    engine.reset()
    here = engine.render(64, 48, view)
    engine.reset({"red": None})
    gone = engine.render(64, 48, view)
    reddish = [int(((p[..., 0] > 100) & (p[..., 1] < 60)).sum()) for p in (here, gone)]
    assert here.shape == (48, 64, 3)
    assert here.dtype == np.uint8
    assert reddish[0] > 20 > reddish[1]


def test_a_server_that_runs_already(tmp_path, world, monkeypatch):
    partition = f"test-{uuid.uuid4()}"
    file = tmp_path / "world.sdf"
    file.write_text(world_file(world, sources(world), 0.001, "ogre2"), encoding="utf-8")
    command = [sys.executable, str(Path(__file__).with_name("stand_in_server.py")), str(file)]
    with subprocess.Popen(command, env=os.environ | {"GZ_PARTITION": partition, "GZ_IP": "127.0.0.1"}) as server:
        monkeypatch.setenv("VLA_SIM_GZ_SERVER", partition)
        with GazeboEngine(patience=20.0) as engine:
            engine.load(world)
            for _ in range(2):
                engine.reset()
                assert [one.stamp for one in engine.step(0.1) if one.sensor == "camera"] == [0.1]
            with pytest.raises(InputError, match="cannot be varied"):
                engine.reset(variation=Variation(light=0.5))
        assert server.poll() is None
        server.kill()


def test_rates_between_two_poses():
    still = Pose.planar(1.0, 2.0, 0.3)
    assert _rates(still, still, 0.001) == ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    linear, angular = _rates(still, Pose.planar(1.001, 2.0, 0.2995), 0.001)
    assert linear == pytest.approx((1.0, 0.0, 0.0))
    assert angular == pytest.approx((0.0, 0.0, -0.5))
