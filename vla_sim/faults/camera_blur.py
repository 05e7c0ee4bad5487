"""Faults of colour cameras: what takes the sharpness."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.camera import RGB
from vla_sim.faults.image import disk, filtered, pixels, warped
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Stream

Image = NDArray[Any]


@register
class Blur(DataKind):
    """Gaussian blur, as from a lens out of focus or with grease on it.

    Levels are ImageNet-C's (Hendrycks and Dietterich, ICLR 2019). Its pixels belong to images 224 wide; here sigma is
    scaled with the width, so that the same share of the view is smeared at any resolution.
    """

    family = "camera"
    name = "blur"
    modalities = RGB
    parameters = (
        Parameter("sigma", "px of 224", (1.0, 2.0, 3.0, 4.0, 6.0), "standard deviation of the kernel", high=100.0),
    )

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the blurred image."""
        sigma = pixels(values["sigma"], data)
        return np.asarray(cv2.GaussianBlur(data, (0, 0), sigma)) if sigma > 0.0 else data


@register
class DefocusBlur(DataKind):
    """A lens out of focus: every point becomes a disk.

    Levels are ImageNet-C's radii (Hendrycks and Dietterich, ICLR 2019), scaled with the width of the image.
    """

    family = "camera"
    name = "defocus_blur"
    modalities = RGB
    parameters = (Parameter("radius", "px of 224", (3.0, 4.0, 6.0, 8.0, 10.0), "radius of the disk", high=100.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the blurred image."""
        radius = pixels(values["radius"], data)
        return filtered(data, disk(radius)) if radius > 0.0 else data


@register
class MotionBlur(DataKind):
    """A smear along one direction, drawn once a trial, as of a camera that shakes during a long exposure.

    The smear is even along its length. ImageNet-C's is not: its radii of 10, 15, 15, 15 and 20 cut off Gaussians of
    sigma 3, 5, 8, 12 and 15. The levels go from its least radius to its greatest, scaled with the width.
    """

    family = "camera"
    name = "motion_blur"
    modalities = RGB
    parameters = (Parameter("radius", "px of 224", (10.0, 12.0, 15.0, 18.0, 20.0), "half the smear", high=100.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._direction = math.pi * rng.random()

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the smeared image."""
        radius = pixels(values["radius"], data)
        return filtered(data, _line(radius, self._direction)) if radius > 0.0 else data


@register
class ZoomBlur(DataKind):
    """A smear away from the middle, as of a fast approach during a long exposure.

    Levels are where ImageNet-C's zooms stop: 1.11, 1.16, 1.21, 1.26 and 1.31, less one; the mean is over fewer of them.
    """

    family = "camera"
    name = "zoom_blur"
    version = 2
    modalities = RGB
    parameters = (Parameter("zoom", "1", (0.11, 0.16, 0.21, 0.26, 0.31), "greatest magnification - 1", high=2.0),)

    STEPS = 8

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the mean of ever larger images."""
        height, width = data.shape[:2]
        x, y = (width - 1) / 2, (height - 1) / 2
        total = data.astype(np.uint16)
        for step in range(1, self.STEPS):
            scale = 1.0 / (1.0 + values["zoom"] * step / (self.STEPS - 1))
            total += warped(data, np.array([[scale, 0, x - scale * x], [0, scale, y - scale * y], [0, 0, 1.0]]))
        return ((total + self.STEPS // 2) // self.STEPS).astype(np.uint8)


def _line(radius: float, direction: float) -> NDArray[np.float32]:
    """Return an averaging kernel along a line through its middle, with soft edges."""
    reach = max(1, math.ceil(radius))
    x, y = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1))
    along = np.abs(x * math.cos(direction) + y * math.sin(direction))
    aside = np.abs(y * math.cos(direction) - x * math.sin(direction))
    weight = np.clip(radius + 0.5 - along, 0.0, 1.0) * np.clip(1.0 - aside, 0.0, 1.0)
    return np.asarray(weight / weight.sum(), dtype=np.float32)
