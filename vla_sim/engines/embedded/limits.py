"""Sizes of sensors that the embedded engine takes."""

from __future__ import annotations

import math

from vla_sim.engines.streams import Source
from vla_sim.errors import InputError

MAX_IMAGE = 4096
"""Pixels along an edge of a picture."""

MAX_RAYS = 1_000_000
"""Rays of a scan."""


def check(source: Source, file: str) -> None:
    """Check that a sensor can be simulated.

    Raises:
        InputError: a picture or scan is empty or too large, or a lens or range makes no sense.
    """
    name, camera, lidar = source.stream.name, source.stream.camera, source.stream.lidar
    problem = ""
    if camera is not None:
        if not (1 <= camera.width <= MAX_IMAGE and 1 <= camera.height <= MAX_IMAGE):
            problem = f"{camera.width} x {camera.height} pixels; take 1 to {MAX_IMAGE} each way"
        elif not all(0 < focal < math.inf for focal in (camera.fx, camera.fy)):
            problem = f"focal lengths {camera.fx} and {camera.fy}; they must be above 0 (horizontal_fov below pi)"
        elif not 0 < camera.near < camera.far < math.inf:
            problem = f"clip planes {camera.near} and {camera.far}; near must be above 0 and below far"
    if lidar is not None:
        rays = lidar.horizontal_samples * lidar.vertical_samples
        if not 1 <= rays <= MAX_RAYS:
            problem = f"{rays} rays; take 1 to {MAX_RAYS}"
        elif not 0 <= lidar.range_min < lidar.range_max:
            problem = f"ranges {lidar.range_min} to {lidar.range_max}; the minimum must be below the maximum"
    if problem:
        raise InputError(f"sensor {name!r} has {problem}", file=file)
