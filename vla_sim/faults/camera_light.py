"""Faults of colour cameras: exposure, contrast and colour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.camera import RGB
from vla_sim.faults.image import levels, looked_up
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Stream

Image = NDArray[Any]


@register
class Overexposure(DataKind):
    """Too much light: everything is brighter, and what was bright is lost in white.

    Levels are ImageNet-C's ``brightness`` (+0.1 .. +0.5 of full scale), on the channels themselves.
    """

    family = "camera"
    name = "overexposure"
    modalities = RGB
    parameters = (Parameter("gain", "of full scale", (0.1, 0.2, 0.3, 0.4, 0.5), "added brightness", high=1.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the brighter image."""
        return looked_up(data, levels() + 255.0 * values["gain"])


@register
class Underexposure(DataKind):
    """Too little light: the image is scaled towards black, in stops of the exposure.

    Levels: our own, whole stops.
    """

    family = "camera"
    name = "underexposure"
    modalities = RGB
    parameters = (Parameter("stops", "EV", (1.0, 2.0, 3.0, 4.0, 5.0), "halvings of the light", high=8.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the darker image."""
        return looked_up(data, levels() * 2.0 ** -values["stops"])


@register
class Contrast(DataKind):
    """Little contrast: every pixel is drawn towards the image's mean.

    Levels are ImageNet-C's factors 0.4, 0.3, 0.2, 0.1 and 0.05, as the share that is lost.
    """

    family = "camera"
    name = "contrast"
    modalities = RGB
    parameters = (Parameter("loss", "1", (0.6, 0.7, 0.8, 0.9, 0.95), "share of the contrast that is lost", high=1.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the flatter image."""
        means = data.reshape(-1, 3).sum(axis=0, dtype=np.int64) / (data.size // 3)
        curve = means + (levels()[:, np.newaxis] - means) * (1.0 - values["loss"])
        return looked_up(data, curve)


@register
class ColourShift(DataKind):
    """A wrong white balance: the channels' gains differ; which way is drawn once a trial.

    Levels: our own.
    """

    family = "camera"
    name = "colour_shift"
    modalities = RGB
    parameters = (Parameter("shift", "1", (0.1, 0.2, 0.35, 0.5, 0.75), "most that a gain is off", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        gains = np.array([-1.0, 0.0, 1.0])
        self._directions = gains[rng.permutation(3)]

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image in other colours."""
        return looked_up(data, levels()[:, np.newaxis] * (1.0 + values["shift"] * self._directions))


@register
class Desaturation(DataKind):
    """Colours fade to grey, as of a wrong colour matrix or a camera that has switched to night vision.

    Levels: our own; levels 3 and 4 keep as much colour, 0.3 and 0.1, as the first two of ImageNet-C's ``saturate``
    do of the saturation in HSV.
    """

    family = "camera"
    name = "desaturation"
    modalities = RGB
    parameters = (Parameter("loss", "1", (0.3, 0.5, 0.7, 0.9, 1.0), "share of the colour that is lost", high=1.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the greyer image; the grey is the luma of ITU-R BT.601."""
        wide = data.astype(np.int32)
        grey = (wide @ np.array([77, 150, 29], dtype=np.int32) + 128) >> 8
        share = round(256.0 * values["loss"])
        return ((wide * (256 - share) + grey[..., np.newaxis] * share + 128) >> 8).astype(np.uint8)


@register
class ChannelMix(DataKind):
    """Channels run into one another, as of a broken Bayer pattern: red becomes green, green blue, blue red."""

    family = "camera"
    name = "channel_mix"
    modalities = RGB
    parameters = (Parameter("share", "1", (0.2, 0.4, 0.6, 0.8, 1.0), "share of the next channel", high=1.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with mixed channels."""
        share = round(256.0 * values["share"])
        wide = data.astype(np.int32)
        return ((wide * (256 - share) + np.roll(wide, 1, axis=2) * share + 128) >> 8).astype(np.uint8)


@register
class Vignette(DataKind):
    """Dark corners, as of a hood that has slipped or a lens that does not belong to the sensor.

    Levels: our own.
    """

    family = "camera"
    name = "vignette"
    modalities = RGB
    parameters = (Parameter("loss", "1", (0.3, 0.6, 1.0, 1.5, 2.5), "light lost in the corners", high=10.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        height, width = stream.shape[:2]
        y, x = np.mgrid[0:height, 0:width]
        across, down = (2.0 * x + 1.0 - width) / width, (2.0 * y + 1.0 - height) / height
        self._off = (across * across + down * down) / 2.0

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image with dark corners."""
        gain = np.rint(256.0 * np.clip(1.0 - values["loss"] * self._off, 0.0, 1.0)).astype(np.uint16)
        return np.asarray((data * gain[..., np.newaxis]) >> 8).astype(np.uint8)
