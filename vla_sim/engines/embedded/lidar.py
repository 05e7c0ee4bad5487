"""LiDAR: one bundle of rays through the visuals."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.shapes import RAY_GROUPS
from vla_sim.seeding import generator
from vla_sim.sensing.noise import FieldNoise
from vla_sim.sensing.reading import Stream


class Lidar:
    """One LiDAR stream. The link that carries it is transparent to its own rays."""

    def __init__(self, stream: Stream, model: mujoco.MjModel, data: mujoco.MjData, site: int):
        assert stream.lidar is not None
        self.stream = stream
        self._spec = stream.lidar
        self._model, self._data = model, data
        self._body = int(model.site_bodyid[site])
        self._position = data.site_xpos[site]
        self._rotation = data.site_xmat[site].reshape(3, 3)
        self._local = self._directions()
        self._rays = np.empty_like(self._local)
        self._flat = self._rays.ravel()
        count = len(self._local)
        self._distance = np.empty(count)
        self._measured = np.empty(count)
        self._geom = np.empty(count, dtype=np.int32)
        self._noise: FieldNoise | None = None

    def _directions(self) -> NDArray[np.float64]:
        spec = self._spec
        azimuth = np.linspace(spec.horizontal_min, spec.horizontal_max, spec.horizontal_samples)
        elevation = np.linspace(spec.vertical_min, spec.vertical_max, spec.vertical_samples)
        up, around = np.meshgrid(elevation, azimuth, indexing="ij")
        rays = np.stack([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)], axis=-1)
        return rays.reshape(-1, 3)

    def reset(self, seed: int) -> None:
        """Start the noise anew."""
        spec = self._spec.noise
        self._noise = None if spec is None else FieldNoise(spec, generator(seed, "sensor", self.stream.name))

    def read(self, step: int) -> NDArray[np.generic]:
        """Return the ranges at this moment."""
        self._local.dot(self._rotation.T, out=self._rays)
        mujoco.mj_multiRay(
            self._model,
            self._data,
            self._position,
            self._flat,
            RAY_GROUPS,
            True,
            self._body,
            self._geom,
            self._distance,
            None,
            len(self._distance),
            self._spec.range_max * 1.01,
        )
        spec, distance, measured = self._spec, self._distance, self._measured
        noisy = distance if self._noise is None else self._noise.apply(distance)
        # A resolution of 0 is none at all.
        resolution = spec.range_resolution or 1.0
        np.divide(noisy, resolution, out=measured)
        if spec.range_resolution > 0:
            np.rint(measured, out=measured)
            measured *= resolution
        ranges = measured.astype(np.float32)
        # Without noise two looks tell that every ray met something within range, as it mostly does between walls.
        if (
            self._noise is not None
            or np.minimum.reduce(measured) < spec.range_min
            or np.maximum.reduce(measured) > spec.range_max
        ):
            np.copyto(ranges, -np.inf, where=measured < spec.range_min)
            np.copyto(ranges, np.inf, where=(distance < 0) | (measured > spec.range_max))
        return ranges.reshape(self.stream.shape)
