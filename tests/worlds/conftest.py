from __future__ import annotations

import pytest

from vla_sim import assets
from vla_sim.sdf import load_world
from vla_sim.sdf.scene import World
from vla_sim.tasks.semantics import Semantics, load_semantics

NAMES = ("arena", "apartment", "warehouse")


@pytest.fixture(scope="session", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def world(name: str) -> World:
    return load_world(assets.WORLDS / f"{name}.sdf", strict=True)


@pytest.fixture(scope="session")
def semantics(name: str) -> Semantics:
    return load_semantics(assets.WORLDS / f"{name}.sdf")
