"""Faults of colour cameras."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.faults.noise import add_noise
from vla_sim.sensing.reading import Modality, Stream

Image = NDArray[Any]

_RGB: frozenset[Modality] = frozenset({"rgb"})


@register
class Blackout(DataKind):
    """Images come as ever, but black, as from a camera whose sensor or exposure has failed.

    Below severity 1 the contact is loose: each image is black with a probability.
    """

    family = "camera"
    name = "blackout"
    modalities = _RGB
    parameters = (Parameter("probability", "1", (0.2, 0.4, 0.6, 0.8, 1.0), "share of black images", high=1.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return a black image, or the same one."""
        return np.zeros_like(data) if self.rng.random() < values["probability"] else data


@register
class GaussianNoise(DataKind):
    """Gaussian noise on each pixel and channel, as in low light.

    Levels are ImageNet-C's (Hendrycks and Dietterich, ICLR 2019).
    """

    family = "camera"
    name = "gaussian_noise"
    modalities = _RGB
    parameters = (Parameter("sigma", "of full scale", (0.08, 0.12, 0.18, 0.26, 0.38), "standard deviation", high=10.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with noise, rounded and clipped to 0..255."""
        return add_noise(self.rng, data, 255.0 * values["sigma"])


@register
class Blur(DataKind):
    """Gaussian blur, as from a lens out of focus or with grease on it.

    Levels are ImageNet-C's (Hendrycks and Dietterich, ICLR 2019). Its pixels belong to images 224 wide; here sigma is
    scaled with the width, so that the same share of the view is smeared at any resolution.
    """

    family = "camera"
    name = "blur"
    modalities = _RGB
    parameters = (
        Parameter("sigma", "px of 224", (1.0, 2.0, 3.0, 4.0, 6.0), "standard deviation of the kernel", high=100.0),
    )

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the blurred image."""
        sigma = values["sigma"] * data.shape[1] / 224.0
        return np.asarray(cv2.GaussianBlur(data, (0, 0), sigma)) if sigma > 0.0 else data


@register
class Occlusion(DataKind):
    """Opaque dark blotches on the lens, such as mud or tape, that stay where they are for the whole trial.

    The blotches of a lower severity lie inside those of a higher one.
    """

    family = "camera"
    name = "occlusion"
    modalities = _RGB
    parameters = (Parameter("coverage", "of the image", (0.1, 0.2, 0.35, 0.5, 0.7), "share of pixels", high=1.0),)

    BLOBS: ClassVar[int] = 6
    """Points of the coarse random field along each side of the image; the blotches are where the field is low."""
    COLOUR: ClassVar[tuple[int, int, int]] = (24, 20, 16)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        height, width = stream.shape[:2]
        field = _smooth_field(rng.standard_normal((self.BLOBS, self.BLOBS)), height, width)
        self._rank = np.empty(height * width, dtype=np.int64)
        self._rank[np.argsort(field, axis=None, kind="stable")] = np.arange(height * width)
        self._mud = np.empty((height, width, 3), dtype=np.uint8)
        self._mud[:] = self.COLOUR
        self._covered = -1
        self._mask: Image = np.zeros((height, width), dtype=np.uint8)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with the covered pixels dark."""
        covered = round(values["coverage"] * self._rank.size)
        if covered != self._covered:
            self._covered = covered
            self._mask = (self._rank < covered).reshape(data.shape[:2]).astype(np.uint8)
        return np.asarray(cv2.copyTo(self._mud, self._mask, data.copy()))


def _smooth_field(coarse: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Stretch a coarse grid over an image, smoothly. Plain sums and products only: the same bits on every machine."""

    def stretch(grid: NDArray[np.float64], size: int) -> NDArray[np.float64]:
        place = np.arange(size) * (len(grid) - 1) / max(size - 1, 1)
        below = np.minimum(place.astype(np.int64), len(grid) - 2)
        part = (place - below)[:, None]
        weight = part * part * (3.0 - 2.0 * part)
        stretched: NDArray[np.float64] = grid[below] + (grid[below + 1] - grid[below]) * weight
        return stretched

    return stretch(stretch(coarse, height).T, width).T
