"""What a world holds that the Gazebo engine changes: nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Mapping

from vla_sim.engines.gazebo.model_file import TREAD, drives, wheels
from vla_sim.engines.gazebo.rates import spacing
from vla_sim.engines.streams import Source
from vla_sim.sdf.scene import Cylinder, Issue, Link, World


def issues(world: World, sources: Mapping[str, Source], physics_step: float) -> list[Issue]:
    """Return one issue for each thing that runs in another way than the file says."""
    file = str(world.source or world.name)
    found = []
    for name, source in sources.items():
        stream = source.stream
        every = spacing(stream.rate, physics_step)
        if stream.modality in ("rgb", "depth", "lidar") and every * physics_step * stream.rate < 0.999:
            message = (
                f"{name}: {stream.rate:g} Hz is no whole number of milliseconds, so that Gazebo draws at "
                f"{1 / (every * physics_step):g} Hz and most frames are dropped; choose a rate such as 10, 20 or 25"
            )
            found.append(Issue(file, 0, "update_rate", message))
    for model in world.models:
        wide = [link.name for link in model.links if link.name in wheels(model) and _is_wide(link)]
        if wide:
            message = f"{model.name}/{', '.join(wide)}: driven wheels touch the ground along {TREAD * 1000:g} mm only"
            found.append(Issue(file, 0, "collision", message))
    driven = drives(world)
    for other, _ in driven[1:]:
        message = f"the DiffDrive of {other.name!r} stands still: commands go to {driven[0][0].name!r}"
        found.append(Issue(file, 0, "plugin", message))
    return found


def _is_wide(link: Link) -> bool:
    return any(isinstance(one.geometry, Cylinder) and one.geometry.length > TREAD for one in link.collisions)
