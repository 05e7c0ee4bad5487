from __future__ import annotations

import pytest

from vla_sim.envs.loading import load_site
from vla_sim.errors import InputError
from vla_sim.seeding import generator
from vla_sim.tasks import TASKS
from vla_sim.tasks.layout import NoRoomError, attempt
from vla_sim.tasks.site import Site


@pytest.fixture(scope="module")
def apartment() -> Site:
    return load_site("apartment")


@pytest.mark.parametrize("seed", [441, 980])
def test_a_world_with_little_room_still_has_some(apartment: Site, seed: int) -> None:
    """Of the apartment's layouts for this task one in ten works out: a suite draws thousands, and needs each."""
    assert TASKS["avoid_object"].sample(apartment, generator(seed, "nr")).plan


def test_a_world_with_no_room_is_told_of(apartment: Site) -> None:
    def draw() -> None:
        raise NoRoomError("nowhere to go")

    with pytest.raises(InputError, match="no room for the task visit: nowhere to go; widen 'spawn' or 'clear'"):
        attempt("visit", apartment, draw)
