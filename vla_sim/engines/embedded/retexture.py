"""Other textures on models: the world is rebuilt with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from vla_sim.sdf.scene import Material, Model, World


def retextured(world: World, textures: Mapping[str, Path]) -> World:
    """Return the world with an image on every visual of the named models."""
    models = tuple(_dressed(model, textures[model.name]) if model.name in textures else model for model in world.models)
    return replace(world, models=models)


def _dressed(model: Model, texture: Path) -> Model:
    white = (1.0, 1.0, 1.0, 1.0)
    links = tuple(
        replace(
            link,
            visuals=tuple(
                replace(visual, material=replace(visual.material or Material(), diffuse=white, texture=texture))
                for visual in link.visuals
            ),
        )
        for link in model.links
    )
    return replace(model, links=links)
