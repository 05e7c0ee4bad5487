"""Faults of depth cameras; blackout and dropout they share with LiDAR, and the weather."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.image import ranks, smooth_field
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.faults.noise import standard_normal
from vla_sim.sensing.reading import Modality

Depth = NDArray[Any]

_DEPTH: frozenset[Modality] = frozenset({"depth"})
EDGE = 0.1
"""Neighbours whose distances differ by this share belong to different things."""


@register
class Noise(DataKind):
    """Gaussian noise whose spread grows with the square of the distance, as triangulation has it.

    sigma = coefficient * z^2. A first-generation Kinect has a coefficient of 0.0014 / m (Khoshelham and Elberink,
    Sensors 2012); the levels, our own, are 2 to 32 times as much.
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
    """Every distance is too long by the same factor, as after a knock to the calibration of a stereo pair.

    Levels: our own.
    """

    family = "depth"
    name = "scale"
    modalities = _DEPTH
    parameters = (
        Parameter("factor", "1", (1.02, 1.05, 1.1, 1.2, 1.4), "factor on each distance", clean=1.0, low=0.1, high=10.0),
    )

    def corrupt(self, data: Depth, values: Values) -> Depth:
        """Return the scaled depth image."""
        return data * np.float32(values["factor"])


@register
class Quantisation(DataKind):
    """Distances in steps that grow with their square, as of a stereo matcher without subpixels.

    1/z comes in multiples of ``step``; a pair with f b = 40 px m that matches whole pixels has a step of 0.025 / m.

    Levels: our own, that pair at level 2 and halvings and doublings of it.
    """

    family = "depth"
    name = "quantisation"
    modalities = _DEPTH
    parameters = (Parameter("step", "1/m", (0.0125, 0.025, 0.05, 0.1, 0.2), "step of 1/z", high=10.0),)

    def corrupt(self, data: Depth, values: Values) -> Depth:
        """Return the image in steps; what is beyond the first one is at infinity."""
        known = np.isfinite(data) & (data > 0.0)
        steps = np.rint(1.0 / np.where(known, data, 1.0).astype(np.float64) / values["step"])
        with np.errstate(divide="ignore"):
            return np.where(known, 1.0 / (steps * values["step"]), data).astype(data.dtype)


@register
class ShortRange(DataKind):
    """What is farther than the projector reaches is lost (nan), as in sunlight.

    Levels: our own, down to what is right before the robot.
    """

    family = "depth"
    name = "short_range"
    modalities = _DEPTH
    parameters = (
        Parameter("range", "m", (6.0, 4.0, 2.5, 1.5, 0.8), "farthest distance", clean=10.0, low=0.0, high=1000.0),
    )

    def corrupt(self, data: Depth, values: Values) -> Depth:
        """Return the image without what is far."""
        return np.where(np.isfinite(data) & (data > values["range"]), np.float32(np.nan), data)


@register
class EdgeHoles(DataKind):
    """Around every edge the distances are lost (nan), where one eye of a stereo pair sees what the other does not.

    Levels: our own.
    """

    family = "depth"
    name = "edge_holes"
    modalities = _DEPTH
    parameters = (Parameter("width", "px", (1.0, 2.0, 3.0, 5.0, 8.0), "width of the seam, rounded", high=100.0),)

    def corrupt(self, data: Depth, values: Values) -> Depth:
        """Return the image with seams."""
        width = round(values["width"])
        if not width:
            return data
        seam = cv2.dilate(edges(data), np.ones((2 * width - 1, 2 * width - 1), np.uint8))
        return np.where(np.asarray(seam) > 0, np.float32(np.nan), data)


@register
class FlyingPixels(DataKind):
    """At edges the distance is between that of the near and that of the far thing, as of a time-of-flight camera.

    Levels: our own.
    """

    family = "depth"
    name = "flying_pixels"
    modalities = _DEPTH
    parameters = (Parameter("reach", "px", (1.0, 2.0, 3.0, 4.0, 6.0), "half the width of the mixing", high=50.0),)

    def corrupt(self, data: Depth, values: Values) -> Depth:
        """Return the image with mixed distances at its edges."""
        reach = round(values["reach"])
        if not reach:
            return data
        side = 2 * reach + 1
        known = np.isfinite(data)
        distances = np.where(known, data, np.float32(0.0)).astype(np.float64)
        sums, counts = (np.asarray(cv2.boxFilter(part, -1, (side, side), normalize=False)) for part in
                        (distances, known.astype(np.float64)))  # fmt: skip
        seam = np.asarray(cv2.dilate(edges(data), np.ones((side, side), np.uint8))) > 0
        return np.where(seam & known, sums / np.maximum(counts, 1.0), data).astype(data.dtype)


@register
class Holes(DataKind):
    """Patches without a distance (nan), drawn for each image, as on black, glossy or glass surfaces.

    Levels: our own.
    """

    family = "depth"
    name = "holes"
    modalities = _DEPTH
    parameters = (Parameter("coverage", "of the image", (0.05, 0.1, 0.25, 0.5, 0.75), "share that is lost", high=1.0),)

    BLOBS: ClassVar[int] = 12

    def corrupt(self, data: Depth, values: Values) -> Depth:
        """Return the image with holes."""
        height, width = data.shape
        rank = ranks(smooth_field(self.rng.random((self.BLOBS, self.BLOBS)), height, width))
        return np.where(rank < round(values["coverage"] * rank.size), np.float32(np.nan), data)


def edges(depth: Depth) -> NDArray[np.uint8]:
    """Return where the distance jumps to the next pixel right or below, (height, width) of 0 and 1."""
    filled = np.where(np.isfinite(depth), depth, np.float32(1e6))
    jumps = np.zeros(depth.shape, np.uint8)
    across = np.abs(np.diff(filled, axis=1)) > EDGE * np.minimum(filled[:, 1:], filled[:, :-1])
    down = np.abs(np.diff(filled, axis=0)) > EDGE * np.minimum(filled[1:], filled[:-1])
    jumps[:, 1:] |= across
    jumps[1:] |= down
    return jumps
