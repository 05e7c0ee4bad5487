"""SDF texts written to a folder and read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vla_sim.sdf import load_world
from vla_sim.sdf.resources import ENVIRONMENT_PATHS
from vla_sim.sdf.scene import Model, World

ReadWorld = Callable[..., World]
ReadModel = Callable[..., Model]


@pytest.fixture(autouse=True)
def no_resource_paths(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what this machine's user has set up for Gazebo out of the tests."""
    monkeypatch.setenv("GZ_FUEL_CACHE_PATH", str(tmp_path_factory.getbasetemp() / "no-cache"))
    for name in ENVIRONMENT_PATHS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def read_world(tmp_path: Path) -> ReadWorld:
    """Read a world with the given content, from a file in a folder that is otherwise empty."""

    def read(body: str, version: str = "1.9", *, strict: bool = False) -> World:
        path = tmp_path / "world.sdf"
        path.write_text(f'<sdf version="{version}">\n<world name="w">\n{body}\n</world>\n</sdf>\n')
        return load_world(path, strict=strict)

    return read


@pytest.fixture
def read_model(read_world: ReadWorld) -> ReadModel:
    """Read a model ``m`` with the given content, as the only one of a world."""

    def read(body: str, version: str = "1.9", attributes: str = "") -> Model:
        return read_world(f'<model name="m" {attributes}>\n{body}\n</model>', version).models[0]

    return read
