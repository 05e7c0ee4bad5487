"""Both engines, one after the other, on one world whose every distance is known."""

import arm_scenes as arm
import engine_scenes as scenes
import pytest

from vla_sim.engines import ENGINES, make_engine
from vla_sim.errors import NotReadyError
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

BALLS = {
    "red": ((2.2, 0.7), (0.85, 0.05, 0.05, 1.0)),
    "green": ((2.6, -0.2), (0.05, 0.7, 0.1, 1.0)),
    "blue": ((2.0, -0.9), (0.1, 0.15, 0.85, 1.0)),
}
"""Where balls of 12 cm stand, on posts of air, and their colour."""
BALL_RADIUS, BALL_HEIGHT = 0.12, 0.3
BOXES = {"front": (4.0, 0.0, 0.3, 3.0), "left": (0.0, 3.0, 4.0, 0.2), "behind": (-2.0, -0.5, 0.5, 0.5)}
"""Boxes of 1 m height: middle and edges [m]."""


def ball(name):
    (x, y), colour = BALLS[name]
    visual = scene.Visual("visual", Pose(), scene.Sphere(BALL_RADIUS), scene.Material(colour, colour))
    link = scene.Link("link", Pose(), visuals=(visual,))
    return scene.Model(name, Pose((x, y, BALL_HEIGHT)), (link,), static=True, canonical_link="link")


def box(name):
    x, y, length, width = BOXES[name]
    grey = (0.55, 0.55, 0.55, 1.0)
    return scenes.box(name, (length, width, 1.0), Pose((x, y, 0.5)), grey)


@pytest.fixture(scope="session")
def world():
    models = (*(ball(name) for name in BALLS), *(box(name) for name in BOXES))
    # Where wheels turn by 1 rad/s the rover's default drive has no limits, which no real one has.
    drive = scene.DiffDrive(
        ("left_joint",),
        ("right_joint",),
        0.4,
        0.1,
        min_linear_acceleration=-1.5,
        max_linear_acceleration=1.5,
        min_angular_acceleration=-6.0,
        max_angular_acceleration=6.0,
    )
    return scenes.world(scenes.ground(), scenes.rover(drive), *models)


def engine_or_skip(name):
    """Return an engine; a Gazebo that is not installed is no failure of the engine."""
    try:
        return make_engine(name)
    except NotReadyError as missing:
        pytest.skip(f"no Gazebo server here: {missing}")


@pytest.fixture(scope="session")
def make(world):
    """Makes a loaded engine by name."""
    opened = []

    def make(name):
        engine = engine_or_skip(name)
        opened.append(engine)
        engine.load(world)
        return engine

    yield make
    for engine in opened:
        engine.close()


NAMES = [pytest.param(name, marks=pytest.mark.gazebo) if name == "gazebo" else name for name in ENGINES]


@pytest.fixture(scope="session", params=NAMES)
def engine(request, make):
    return make(request.param)


@pytest.fixture(scope="session", params=NAMES)
def arm_engine(request):
    """An engine with the shipped arm, and without cameras."""
    with engine_or_skip(request.param) as engine:
        engine.load(arm.world(arm.cup()), arm.FEELING)
        yield engine
