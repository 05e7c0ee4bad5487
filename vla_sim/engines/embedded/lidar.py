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
        count = len(self._local)
        self._distance = np.empty(count)
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
        np.matmul(self._local, self._rotation.T, out=self._rays)
        mujoco.mj_multiRay(
            self._model,
            self._data,
            self._position,
            self._rays.ravel(),
            RAY_GROUPS,
            True,
            self._body,
            self._geom,
            self._distance,
            None,
            len(self._distance),
            self._spec.range_max * 1.01,
        )
        distance: NDArray[np.floating] = self._distance
        missed = distance < 0
        if self._noise is not None:
            distance = self._noise.apply(distance)
        if self._spec.range_resolution > 0:
            distance = np.round(distance / self._spec.range_resolution) * self._spec.range_resolution
        ranges = distance.astype(np.float32)
        np.copyto(ranges, -np.inf, where=distance < self._spec.range_min)
        missed |= distance > self._spec.range_max
        np.copyto(ranges, np.inf, where=missed)
        return ranges.reshape(self.stream.shape)
