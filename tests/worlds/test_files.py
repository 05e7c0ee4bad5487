"""The files: what the builder makes, read without a remark, small enough to ship."""

from __future__ import annotations

import subprocess
import sys

from vla_sim import assets
from vla_sim.sdf.scene import World


def test_files_are_what_the_builder_makes() -> None:
    command = [sys.executable, str(assets.WORLDS / "build.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_reader_has_no_remark(world: World) -> None:
    assert world.issues == ()


def test_physics_is_what_gazebo_needs(world: World) -> None:
    assert world.physics.max_step_size == 0.001
    assert world.gravity == (0.0, 0.0, -9.8)


def test_systems_are_loaded_by_the_world(name: str) -> None:
    text = (assets.WORLDS / f"{name}.sdf").read_text(encoding="utf-8")
    for system in ("Physics", "UserCommands", "SceneBroadcaster", "Sensors", "Imu", "Contact"):
        assert f'name="gz::sim::systems::{system}"' in text
    assert "<render_engine>ogre2</render_engine>" in text


def test_pictures_stay_small() -> None:
    pictures = [*assets.WORLDS.rglob("*.png")]
    assert pictures
    assert sum(path.stat().st_size for path in pictures) < 3_000_000


def test_a_world_is_cheap_to_draw(world: World) -> None:
    budget = {"arena": 60, "apartment": 110, "warehouse": 130}[world.name]
    assert sum(len(link.visuals) for model in world.models for link in model.links) <= budget


def test_only_the_robot_moves(world: World) -> None:
    assert [model.name for model in world.models if not model.static] == ["robot"]
