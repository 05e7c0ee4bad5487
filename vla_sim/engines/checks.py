"""What a reset asks for must be in the world: the same checks, and the same words, for every engine."""

from __future__ import annotations

from collections.abc import Mapping

from vla_sim.engines.engine import Placements, Variation
from vla_sim.engines.streams import Source
from vla_sim.errors import InputError
from vla_sim.sdf.scene import World


def check_placements(world: World, placements: Placements) -> None:
    """Check that placements name models of the world.

    Raises:
        InputError: one does not.
    """
    for name in placements:
        _check_model(world, name, "placement")


def check_variation(world: World, variation: Variation, sources: Mapping[str, Source]) -> None:
    """Check that a variation names models of the world, and cameras among its streams.

    Raises:
        InputError: it names something unknown, a factor on a mass or a size is not above 0, or a model of another size
            has joints.
    """
    for field in ("textures", "colours", "friction", "mass", "size"):
        for name in getattr(variation, field):
            _check_model(world, name, "variation", field)
    for field in ("mass", "size"):
        for name, factor in getattr(variation, field).items():
            if not factor > 0:
                raise InputError(f"{field} factor {factor} of {name!r} must be above 0", field=field)
    for name in variation.size:
        if world.model(name).joints:
            raise InputError(f"{name!r} has joints; only models without them come in other sizes", field="size")
    cameras = {name for name, source in sources.items() if source.stream.camera is not None}
    for name in variation.camera_jitter:
        if name not in cameras:
            known = ", ".join(sorted(cameras)) or "none"
            raise InputError(f"no camera stream {name!r}; there are: {known}", field="camera_jitter")


def _check_model(world: World, name: str, what: str, field: str | None = None) -> None:
    if all(model.name != name for model in world.models):
        known = ", ".join(sorted(model.name for model in world.models))
        raise InputError(f"{what} of an unknown model {name!r}; the world has: {known}", field=field)
