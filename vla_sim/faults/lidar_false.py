"""Faults of LiDARs: ranges that are wrong, of things that are not there or not where they seem."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality, Stream

Ranges = NDArray[Any]

_LIDAR: frozenset[Modality] = frozenset({"lidar"})


@register
class GhostPoints(DataKind):
    """Single ranges end where nothing is, anywhere before what is there, drawn anew in each scan.

    Levels: our own, about doubling.
    """

    family = "lidar"
    name = "ghost_points"
    modalities = _LIDAR
    parameters = (Parameter("share", "of the rays", (0.01, 0.03, 0.06, 0.12, 0.25), "share of ghosts", high=1.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with ghosts."""
        draws, places = self.rng.random(data.shape, dtype=np.float32), self.rng.random(data.shape, dtype=np.float32)
        near, far = _bounds(self.stream)
        length = np.where(np.isnan(data), far, np.clip(data, near, far))
        return np.where(draws < values["share"], near + places * (length - near), data).astype(data.dtype)


@register
class Crosstalk(DataKind):
    """Pulses of another LiDAR: single ranges are anything at all, nearer or farther than what is there.

    Robo3D (Kong et al., ICCV 2023) hits .006, .008 and .01 of the points; these are the first three levels,
    the last two our own.
    """

    family = "lidar"
    name = "crosstalk"
    modalities = _LIDAR
    parameters = (Parameter("share", "of the rays", (0.006, 0.008, 0.01, 0.05, 0.15), "share that is hit", high=1.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with foreign pulses."""
        draws, places = self.rng.random(data.shape, dtype=np.float32), self.rng.random(data.shape, dtype=np.float32)
        near, far = _bounds(self.stream)
        return np.where(draws < values["share"], near + places * (far - near), data).astype(data.dtype)


@register
class Echo(DataKind):
    """The light came by a mirror or wet floor: stretches of rays, drawn anew in each scan, are too long.

    Robo3D's incomplete echo and MultiCorrupt's beam reduction lose such rays; here they mislead.

    Levels: our own, doubling.
    """

    family = "lidar"
    name = "echo"
    modalities = _LIDAR
    parameters = (
        Parameter("share", "of the rays", (0.03, 0.06, 0.12, 0.25, 0.5), "share that is too long", high=1.0),
        Parameter.constant("factor", "1", 1.6, "how many times too long", 1.0, 10.0),
    )

    STRETCH = 9
    """Rays side by side that share a mirror."""

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with echoes."""
        count = -(-data.size // self.STRETCH)
        mirrored = np.repeat(self.rng.random(count) < values["share"], self.STRETCH)[: data.size].reshape(data.shape)
        _, far = _bounds(self.stream)
        longer = data * np.float32(values["factor"])
        return np.where(mirrored, np.where(longer > far, np.float32(np.inf), longer), data)


@register
class MixedReturns(DataKind):
    """At edges a ray hits two things and reports a range between them.

    Levels: our own.
    """

    family = "lidar"
    name = "mixed_returns"
    modalities = _LIDAR
    parameters = (Parameter("reach", "rays", (1.0, 2.0, 3.0, 5.0, 8.0), "rays that are mixed to each side", high=90.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with mixed ranges."""
        reach = round(values["reach"])
        known = np.isfinite(data)
        length = np.where(known, data, np.float32(0.0)).astype(np.float64)
        shifts = range(-reach, reach + 1)
        counts = sum(np.roll(known, shift, axis=-1).astype(np.float64) for shift in shifts)
        means = sum(np.roll(length, shift, axis=-1) for shift in shifts) / np.maximum(counts, 1.0)
        return np.where(known, means, data).astype(data.dtype)


@register
class YawOffset(DataKind):
    """The LiDAR has turned on its mount: everything is seen at a wrong angle.

    Levels: our own; MultiCorrupt's spatial misalignment (Beemelmanns et al., IV 2024) turns a LiDAR by 1, 2 and 3
    degrees.
    """

    family = "lidar"
    name = "yaw_offset"
    modalities = _LIDAR
    parameters = (
        Parameter("angle", "rad", (0.0349, 0.0873, 0.1745, 0.3491, 0.6981), "2, 5, 10, 20, 40 degrees", high=3.1416),
    )

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan turned by whole rays; what turns out of a view below a full circle is lost (nan)."""
        spec = self.stream.lidar
        assert spec is not None
        rays = data.shape[-1]
        step = (spec.horizontal_max - spec.horizontal_min) / max(rays - 1, 1)
        shift = round(values["angle"] / step) if step > 0.0 else 0
        turned = np.roll(data, shift, axis=-1)
        if shift and spec.horizontal_max - spec.horizontal_min < 2.0 * math.pi - 2.0 * step:
            turned[..., : min(shift, rays)] = np.nan
        return turned


@register
class Tilt(DataKind):
    """The LiDAR leans over, to a side that is drawn once a trial: on that side its rays end on the floor.

    A ray that dips by an angle b meets a floor ``height`` below at height / sin b.

    Levels: our own; MultiCorrupt's spatial misalignment (Beemelmanns et al., IV 2024) turns a LiDAR by 1, 2 and 3
    degrees.
    """

    family = "lidar"
    name = "tilt"
    version = 2
    modalities = _LIDAR
    parameters = (
        Parameter("angle", "rad", (0.0349, 0.0698, 0.1396, 0.2443, 0.3491), "2, 4, 8, 14, 20 degrees", high=1.5),
        Parameter.constant("height", "m", 0.25, "of the LiDAR above the floor", 0.01, 10.0),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        spec = stream.lidar
        assert spec is not None
        angles = np.linspace(spec.horizontal_min, spec.horizontal_max, stream.shape[-1])
        self._towards = np.cos(angles - 2.0 * math.pi * rng.random())

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with the floor in it."""
        dip = math.sin(values["angle"]) * self._towards
        near, far = _bounds(self.stream)
        floor = np.where(dip > 1e-3, np.maximum(values["height"] / np.maximum(dip, 1e-3), near), np.inf)
        return np.where((data > floor) & (floor <= far), floor, data).astype(data.dtype)


def _bounds(stream: Stream) -> tuple[np.float32, np.float32]:
    """Return the least and the greatest range that the sensor can report [m]."""
    spec = stream.lidar
    assert spec is not None
    return np.float32(spec.range_min), np.float32(spec.range_max)
