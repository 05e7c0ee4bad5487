"""Faults of colour cameras: what is lost. Noise, sharpness, light, dirt, defects and geometry are in ``camera_*``."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.image import painted, ranks, smooth_field
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality, Reading, Stream

Image = NDArray[Any]

RGB: frozenset[Modality] = frozenset({"rgb"})


@register
class Blackout(DataKind):
    """Images come as ever, but black, as from a camera whose sensor or exposure has failed.

    Below severity 1 the contact is loose: each image is black with a probability.
    """

    family = "camera"
    name = "blackout"
    modalities = RGB
    parameters = (Parameter.probability("share of black images"),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return a black image, or the same one."""
        return np.zeros_like(data) if self.chance(self.stamp) < values["probability"] else data


@register
class Whiteout(DataKind):
    """Images come as ever, but white, as from a sensor whose exposure control has run away.

    Below severity 1 each image is white with a probability.
    """

    family = "camera"
    name = "whiteout"
    modalities = RGB
    parameters = (Parameter.probability("share of white images"),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return a white image, or the same one."""
        return np.full_like(data, 255) if self.chance(self.stamp) < values["probability"] else data


@register
class Occlusion(DataKind):
    """Opaque dark blotches on the lens, such as mud or tape, that stay where they are for the whole trial.

    The blotches of a lower severity lie inside those of a higher one.

    Levels: our own, as a share of the picture; ImageNet-C's ``spatter`` has mud, but by thresholds on noise and not
    by area.
    """

    family = "camera"
    name = "occlusion"
    modalities = RGB
    parameters = (Parameter("coverage", "of the image", (0.1, 0.2, 0.35, 0.5, 0.7), "share of pixels", high=1.0),)

    BLOBS: ClassVar[int] = 6
    """Points of the coarse random field along each side of the image; the blotches are where the field is low."""
    COLOUR: ClassVar[tuple[int, int, int]] = (24, 20, 16)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        height, width = stream.shape[:2]
        self._rank = ranks(smooth_field(rng.standard_normal((self.BLOBS, self.BLOBS)), height, width))
        self._mud = painted(height, width, self.COLOUR)
        self._covered = -1
        self._mask: Image = np.zeros((height, width), dtype=np.uint8)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with the covered pixels dark."""
        covered = round(values["coverage"] * self._rank.size)
        if covered != self._covered:
            self._covered = covered
            self._mask = (self._rank < covered).astype(np.uint8)
        return np.asarray(cv2.copyTo(self._mud, self._mask, data.copy()))


@register
class PartialFrame(DataKind):
    """The lower part of each image is that of the image before, as when a transfer breaks off half-way.

    Before a first image it is black.

    Levels: our own, from the last rows to the whole picture.
    """

    family = "camera"
    name = "partial_frame"
    modalities = RGB
    parameters = (Parameter("lost", "of the rows", (0.1, 0.25, 0.5, 0.75, 1.0), "share of old rows", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._before: Image = np.zeros(stream.shape, np.uint8)

    def watch(self, reading: Reading) -> None:
        """Keep the image for when the fault begins."""
        self._before = reading.data

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with old rows from some row on."""
        kept = len(data) - round(values["lost"] * len(data))
        faulty = data.copy()
        faulty[kept:] = self._before[kept:]
        # What the agent's driver holds is what came last, faulty or not.
        self._before = faulty
        return faulty


@register
class Flicker(DataKind):
    """The brightness of each image jumps, as under lamps on a failing supply or with hunting exposure control.

    Levels: our own, from what one sees on a bad lamp to nearly black.
    """

    family = "camera"
    name = "flicker"
    modalities = RGB
    parameters = (Parameter("depth", "1", (0.1, 0.25, 0.4, 0.6, 0.9), "most of the light that is lost", high=1.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the darkened image."""
        gain = round(256.0 * (1.0 - values["depth"] * self.chance(self.stamp)))
        return ((data.astype(np.uint16) * gain) >> 8).astype(np.uint8)
