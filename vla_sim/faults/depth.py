"""Faults of depth cameras; blackout and dropout they share with LiDAR."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.faults.noise import standard_normal
from vla_sim.sensing.reading import Modality

Depth = NDArray[Any]

_DEPTH: frozenset[Modality] = frozenset({"depth"})


@register
class Noise(DataKind):
    """Gaussian noise whose spread grows with the square of the distance, as triangulation has it.

    sigma = coefficient * z^2. A first-generation Kinect has a coefficient of 0.0014 / m (Khoshelham and Elberink,
    Sensors 2012); the levels are 2 to 32 times as much.
    """

    family = "depth"
    name = "noise"
    modalities = _DEPTH
    parameters = (
        Parameter("coefficient", "1/m", (0.0028, 0.0057, 0.0114, 0.0228, 0.0456), "sigma at 1 m, in m", high=10.0),
    )

    def corrupt(self, data: Depth, values: Values) -> Depth:
        """Return the depth image with noise, no nearer than the near plane and no farther than the far one."""
        known = np.isfinite(data)
        distance = np.where(known, data, np.float32(0.0))
        faulty = distance + distance * distance * standard_normal(self.rng, data.shape) * np.float32(
            values["coefficient"]
        )
        spec = self.stream.camera
        if spec is not None:
            near, far = spec.depth_near or spec.near, spec.depth_far or spec.far
            np.clip(faulty, near, far, out=faulty)
        return np.where(known, faulty, data)


@register
class Scale(DataKind):
    """Every distance is too long by the same factor, as after a knock to the calibration of a stereo pair."""

    family = "depth"
    name = "scale"
    modalities = _DEPTH
    parameters = (
        Parameter("factor", "1", (1.02, 1.05, 1.1, 1.2, 1.4), "factor on each distance", clean=1.0, low=0.1, high=10.0),
    )

    def corrupt(self, data: Depth, values: Values) -> Depth:
        """Return the scaled depth image."""
        return data * np.float32(values["factor"])
