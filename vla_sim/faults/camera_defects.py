"""Faults of colour cameras: defects of the sensor chip and its readout."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.camera import RGB
from vla_sim.faults.image import ranks
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Stream

Image = NDArray[Any]


@register
class DeadPixels(DataKind):
    """Pixels that are black or white for the whole trial; those of a lower severity are among those of a higher one.

    Levels: our own; single dead pixels do no harm.
    """

    family = "camera"
    name = "dead_pixels"
    modalities = RGB
    parameters = (Parameter("share", "of the pixels", (0.005, 0.01, 0.02, 0.05, 0.1), "share that is dead", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._rank = ranks(rng.random(stream.shape[:2]))
        self._stuck = np.where(rng.random(stream.shape[:2]) < 0.5, np.uint8(0), np.uint8(255))[..., np.newaxis]

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with dead pixels."""
        dead = self._rank < round(values["share"] * self._rank.size)
        return np.where(dead[..., np.newaxis], self._stuck, data)


@register
class DeadLines(DataKind):
    """Columns that are black for the whole trial, as of a torn ribbon; those of a lower severity stay so.

    Levels: our own.
    """

    family = "camera"
    name = "dead_lines"
    modalities = RGB
    parameters = (Parameter("share", "of the columns", (0.02, 0.05, 0.1, 0.2, 0.4), "share that is dead", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._order = rng.permutation(stream.shape[1])

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with dead columns."""
        faulty = data.copy()
        faulty[:, self._order[: round(values["share"] * len(self._order))]] = 0
        return faulty


@register
class Banding(DataKind):
    """Bright and dark bands that roll over the rows, as of a rolling shutter under lamps on mains supply.

    Levels: our own.
    """

    family = "camera"
    name = "banding"
    modalities = RGB
    parameters = (
        Parameter("depth", "1", (0.1, 0.2, 0.35, 0.5, 0.8), "light lost in a dark band", high=1.0),
        Parameter.constant("bands", "1", 3.0, "bands over the height of an image", 0.1, 100.0),
    )

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the banded image; where the bands are is drawn for each image."""
        rows = len(data)
        place = (np.arange(rows) * values["bands"] / rows + self.rng.random()) % 1.0
        triangle = np.abs(2.0 * place - 1.0)
        gain = np.rint(256.0 * (1.0 - values["depth"] * triangle)).astype(np.uint16)
        return ((data * gain[:, np.newaxis, np.newaxis]) >> 8).astype(np.uint8)


@register
class RowTear(DataKind):
    """The rows below a place that is drawn for each image are shifted sideways, as of a lost line of a transfer.

    Levels: our own.
    """

    family = "camera"
    name = "row_tear"
    modalities = RGB
    parameters = (Parameter("shift", "of the width", (0.02, 0.05, 0.1, 0.2, 0.4), "shift of the rows", high=1.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the torn image."""
        row = int(self.rng.random() * len(data))
        faulty = data.copy()
        faulty[row:] = np.roll(data[row:], round(values["shift"] * data.shape[1]), axis=1)
        return faulty
