"""The environments that ``gymnasium.make`` knows once ``vla_sim`` is imported."""

from __future__ import annotations

from collections.abc import Mapping

import gymnasium

ENTRY_POINT = "vla_sim.envs.env:VlaSimEnv"
VECTOR_ENTRY_POINT = "vla_sim.envs.vector:make_vector_env"
WORLD_IDS: Mapping[str, Mapping[str, str]] = {
    "VlaSim/Arena-v0": {"world": "arena"},
    "VlaSim/Apartment-v0": {"world": "apartment"},
    "VlaSim/Warehouse-v0": {"world": "warehouse"},
    "VlaSim/Tabletop-v0": {"world": "tabletop", "task": "pick_up", "action_type": "joints"},
    "VlaSim/Kitchen-v0": {"world": "kitchen", "task": "fetch_from_room", "action_type": "joints"},
}
"""Environments of one world each, with what they begin with: every keyword of ``VlaSimEnv`` may be given to
``gymnasium.make``."""
GENERIC_ID = "VlaSim/Navigation-v0"
"""The environment of any world: ``gymnasium.make(GENERIC_ID, world="path/to/world.sdf", task="go_to_room")``."""


def register_environments() -> None:
    """Register every environment that is not yet; asking twice does no harm."""
    for name, keywords in WORLD_IDS.items():
        if name not in gymnasium.registry:
            gymnasium.register(name, ENTRY_POINT, kwargs=dict(keywords), vector_entry_point=VECTOR_ENTRY_POINT)
    if GENERIC_ID not in gymnasium.registry:
        gymnasium.register(GENERIC_ID, ENTRY_POINT, vector_entry_point=VECTOR_ENTRY_POINT)
