"""Faults of colour cameras: what sits on the lens."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.camera import RGB
from vla_sim.faults.image import blended, painted, ranks, smooth_field
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Stream

Image = NDArray[Any]


@register
class Dirt(DataKind):
    """A film of dust on the lens, thicker here and thinner there: it veils in grey-brown, and nowhere hides all.

    The film stays where it is for the whole trial.

    Levels: our own, from a thin film to one that hides nearly all where it is thickest.
    """

    family = "camera"
    name = "dirt"
    modalities = RGB
    parameters = (Parameter("density", "1", (0.2, 0.35, 0.5, 0.7, 0.9), "greatest share of the veil", high=1.0),)

    GRAIN: ClassVar[int] = 10
    COLOUR: ClassVar[tuple[int, int, int]] = (112, 100, 84)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        height, width = stream.shape[:2]
        field = smooth_field(rng.random((self.GRAIN, self.GRAIN)), height, width)
        self._film = field / max(float(field.max()), 1e-9)
        self._veil = painted(height, width, self.COLOUR)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the veiled image."""
        return blended(data, self._veil, np.rint(256.0 * values["density"] * self._film))


@register
class Droplets(DataKind):
    """Drops of water on the lens, each a small turned-over and blurred picture of the view; they stay for the trial.

    The drops of a lower severity are among those of a higher one.

    Levels: our own, doubling; ImageNet-C's ``spatter`` has rain by thresholds on noise and not by the number of
    drops.
    """

    family = "camera"
    name = "droplets"
    modalities = RGB
    parameters = (Parameter("count", "drops", (4.0, 8.0, 16.0, 32.0, 64.0), "number of drops, rounded", high=64.0),)

    MOST: ClassVar[int] = 64

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        height, width = stream.shape[:2]
        places, sizes = rng.random((self.MOST, 2)), rng.random(self.MOST)
        y, x = np.mgrid[0:height, 0:width]
        self._first = np.full((height, width), self.MOST, dtype=np.int64)
        self._back_x, self._back_y = x.astype(np.float32), y.astype(np.float32)
        for drop in reversed(range(self.MOST)):
            centre_x, centre_y = places[drop] * (width, height)
            radius = max(1.5, (0.03 + 0.05 * sizes[drop]) * width)
            inside = (x - centre_x) ** 2 + (y - centre_y) ** 2 <= radius * radius
            self._first[inside] = drop
            # A drop is a strong lens: it shows the whole view, upside down.
            self._back_x[inside] = np.clip(width / 2 - (x[inside] - centre_x) * width / (3 * radius), 0, width - 1)
            self._back_y[inside] = np.clip(height / 2 - (y[inside] - centre_y) * height / (3 * radius), 0, height - 1)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image seen through drops."""
        wet = self._first < round(values["count"])
        lens = cv2.remap(data, self._back_x, self._back_y, cv2.INTER_NEAREST)
        return np.where(wet[..., np.newaxis], np.asarray(cv2.blur(lens, (3, 3))), data)


@register
class CrackedLens(DataKind):
    """Cracks that run over the picture as bright and dark lines, beside which it is displaced; they stay for the trial.

    Levels: our own, as no convention counts cracks.
    """

    family = "camera"
    name = "cracked_lens"
    modalities = RGB
    parameters = (Parameter("cracks", "lines", (2.0, 4.0, 8.0, 14.0, 24.0), "number of cracks, rounded", high=24.0),)

    MOST: ClassVar[int] = 24

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        height, width = stream.shape[:2]
        size = np.array([width, height])
        origin = size * (0.25 + 0.5 * rng.random(2))
        self._lines = []
        for turn, jags in zip(rng.random(self.MOST), rng.random((self.MOST, 6)), strict=True):
            angle = 2.0 * math.pi * turn
            reach = np.linspace(0.0, 1.0, 7)[1:] * (width + height) / 2
            bends = angle + 0.5 * (jags - 0.5)
            points = origin + reach[:, np.newaxis] * np.stack([np.cos(bends), np.sin(bends)], axis=1)
            self._lines.append(np.rint(np.vstack([origin, points])).astype(np.int32))
        self._count = -1
        self._dark: Image = np.zeros((height, width), np.uint8)
        self._bright: Image = np.zeros((height, width), np.uint8)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image behind cracks."""
        count = round(values["cracks"])
        if count != self._count:
            self._count = count
            self._dark, self._bright = np.zeros_like(self._dark), np.zeros_like(self._bright)
            thick = max(1, data.shape[1] // 96)
            for line in self._lines[:count]:
                cv2.polylines(self._dark, [line], False, 1, 2 * thick)
                cv2.polylines(self._bright, [line], False, 1, thick)
        faulty = np.where(self._dark[..., np.newaxis] > 0, data // 3, data)
        return np.where(self._bright[..., np.newaxis] > 0, np.uint8(215), faulty).astype(np.uint8)


@register
class Scratches(DataKind):
    """Fine bright hairs over the picture that stay for the trial, as of a lens that was wiped with sand on it.

    Levels: our own.
    """

    family = "camera"
    name = "scratches"
    modalities = RGB
    parameters = (Parameter("coverage", "of the image", (0.02, 0.05, 0.1, 0.18, 0.3), "share of pixels", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        height, width = stream.shape[:2]
        # Noise that is smooth along one direction and rough across it: its lowest values lie in streaks.
        streaks = rng.standard_normal((height + width, 1)).repeat(2, axis=1)
        y, x = np.mgrid[0:height, 0:width]
        broken = smooth_field(rng.standard_normal((8, 8)), height, width)
        self._rank = ranks(streaks[(x + y) % (height + width), 0] + broken)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image behind scratches."""
        hidden = self._rank < round(values["coverage"] * self._rank.size)
        haze = ((data.astype(np.uint16) + 3 * 190) >> 2).astype(np.uint8)
        return np.where(hidden[..., np.newaxis], haze, data)
