"""What a reset asks for is checked alike for every engine."""

import engine_scenes as scenes
import pytest

from vla_sim.engines.checks import check_placements, check_variation
from vla_sim.engines.engine import Variation
from vla_sim.engines.streams import sources
from vla_sim.errors import InputError
from vla_sim.geometry import Pose


@pytest.fixture
def world():
    return scenes.world(scenes.rover(), scenes.box("red", (1.0, 1.0, 1.0), Pose()))


@pytest.mark.parametrize(
    ("variation", "told"),
    [
        (Variation(colours={"nobody": (0.0, 0.0, 0.0, 1.0)}), "unknown model 'nobody'"),
        (Variation(mass={"red": 0.0}), "must be above 0"),
        (Variation(camera_jitter={"lidar": Pose()}), "no camera stream 'lidar'"),
    ],
)
def test_a_variation_of_nothing_is_refused(world, variation, told):
    with pytest.raises(InputError, match=told):
        check_variation(world, variation, sources(world))


def test_placements_name_models_of_the_world(world):
    check_placements(world, {"red": None})
    with pytest.raises(InputError, match="unknown model 'blue'; the world has: "):
        check_placements(world, {"blue": None})
