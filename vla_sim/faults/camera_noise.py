"""Faults of colour cameras: noise of the sensor, and what compression and few grey levels do to the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.camera import RGB
from vla_sim.faults.image import eight_bit, levels, looked_up
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.faults.noise import ImageNoise, standard_normal, uniform
from vla_sim.sensing.reading import Stream

Image = NDArray[Any]


@register
class GaussianNoise(DataKind):
    """Gaussian noise on each pixel and channel, as in low light.

    Levels are ImageNet-C's (Hendrycks and Dietterich, ICLR 2019).
    """

    family = "camera"
    name = "gaussian_noise"
    version = 2
    modalities = RGB
    parameters = (Parameter("sigma", "of full scale", (0.08, 0.12, 0.18, 0.26, 0.38), "standard deviation", high=10.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._noise = ImageNoise(rng, stream.shape)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with noise, rounded and clipped to 0..255."""
        return self._noise.add(data, 255.0 * values["sigma"])

    def steady(self, values: Values) -> Callable[[Image], Image]:
        """Return the addition of noise of one spread."""
        return self._noise.adding(255.0 * values["sigma"])


@register
class ShotNoise(DataKind):
    """Noise of the photons themselves: its variance grows with the brightness.

    Levels are ImageNet-C's 60, 25, 12, 5 and 3 photons at full scale, as the share of full scale that one photon makes;
    the Poisson distribution is taken as a normal one of the same variance.
    """

    family = "camera"
    name = "shot_noise"
    modalities = RGB
    parameters = (
        Parameter("photon", "of full scale", (0.016667, 0.04, 0.083333, 0.2, 0.333333), "brightness of one", high=1.0),
    )

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with noise."""
        spread = np.sqrt(levels() / 255.0 * values["photon"]).astype(np.float32) * np.float32(255.0)
        noisy = data + spread[data] * standard_normal(self.rng, data.shape)
        return eight_bit(noisy)


@register
class SpeckleNoise(DataKind):
    """Noise in proportion to the brightness, as of gains that differ from pixel to pixel.

    Levels are ImageNet-C's (Hendrycks and Dietterich, ICLR 2019).
    """

    family = "camera"
    name = "speckle_noise"
    modalities = RGB
    parameters = (Parameter("sigma", "of the pixel", (0.15, 0.2, 0.35, 0.45, 0.6), "standard deviation", high=10.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with noise."""
        noisy = data * (np.float32(1.0) + np.float32(values["sigma"]) * standard_normal(self.rng, data.shape))
        return eight_bit(noisy)


@register
class ImpulseNoise(DataKind):
    """Single pixels and channels at black or full scale, as of bit errors.

    Levels are ImageNet-C's (Hendrycks and Dietterich, ICLR 2019).
    """

    family = "camera"
    name = "impulse_noise"
    modalities = RGB
    parameters = (Parameter("amount", "of the values", (0.03, 0.06, 0.09, 0.17, 0.27), "share that is hit", high=1.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with salt and pepper in equal parts."""
        draws = uniform(self.rng, data.shape)
        half = np.float32(values["amount"] / 2.0)
        return np.where(draws < half, np.uint8(0), np.where(draws >= 1.0 - half, np.uint8(255), data))


@register
class Jpeg(DataKind):
    """Blocks and rings of a picture that was compressed too much, as over a narrow radio link.

    Levels are ImageNet-C's qualities 25, 18, 15, 10 and 7, given as 100 - quality.
    """

    family = "camera"
    name = "jpeg"
    modalities = RGB
    parameters = (Parameter("loss", "100 - quality", (75.0, 82.0, 85.0, 90.0, 93.0), "compression", high=99.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image compressed and taken apart again."""
        blue_first = cv2.cvtColor(data, cv2.COLOR_RGB2BGR)
        _, coded = cv2.imencode(".jpg", blue_first, [cv2.IMWRITE_JPEG_QUALITY, 100 - round(values["loss"])])
        return np.asarray(cv2.cvtColor(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB))


@register
class Pixelate(DataKind):
    """Few large pixels, as of a stream that was scaled down for its bandwidth.

    Levels are ImageNet-C's scales 0.6, 0.5, 0.4, 0.3 and 0.25, as the side of a block in pixels of the image.
    """

    family = "camera"
    name = "pixelate"
    modalities = RGB
    parameters = (
        Parameter("block", "px", (1.667, 2.0, 2.5, 3.333, 4.0), "side of a block", clean=1.0, low=1.0, high=112.0),
    )

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image in blocks."""
        height, width = data.shape[:2]
        small = (max(1, round(width / values["block"])), max(1, round(height / values["block"])))
        reduced = cv2.resize(data, small, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(reduced, (width, height), interpolation=cv2.INTER_NEAREST_EXACT))


@register
class Quantisation(DataKind):
    """Few grey levels, as of a converter that has lost its lower bits."""

    family = "camera"
    name = "quantisation"
    modalities = RGB
    parameters = (Parameter("bits", "of 8", (3.0, 4.0, 5.0, 6.0, 7.0), "bits that are lost", high=7.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image in steps, each at its middle."""
        step = 2.0 ** values["bits"]
        return looked_up(data, np.floor(levels() / step) * step + (step - 1.0) / 2.0)
