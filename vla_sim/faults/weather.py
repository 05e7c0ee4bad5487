"""Weather: what is in the air, for cameras, depth cameras and LiDARs alike; put it on the group ``weather``.

A colour camera knows no distances, so the air before it is taken as deep as a flat floor below the horizon and
``SCENE`` above it. Depth cameras and LiDARs use their own distances.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.camera import RGB
from vla_sim.faults.image import blended, painted
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.faults.noise import uniform
from vla_sim.sensing.reading import Modality, Stream

Data = NDArray[Any]

WEATHER: frozenset[Modality] = frozenset({"rgb", "depth", "lidar"})
SCENE = 8.0
"""How far [m] a camera sees above the horizon."""
EYE_HEIGHT = 0.3
"""Height [m] of the camera above the floor."""
NEAREST = 0.3
"""Least distance [m] from which something in the air sends light back."""


class _Air(DataKind):
    """Something in the air, which veils pictures and swallows or sends back rays."""

    COLOUR: ClassVar[tuple[int, int, int]]
    REACH: ClassVar[float]
    """Distances [m] at which the air sends rays back end about here."""
    SENT_BACK: ClassVar[float]
    """Share of the swallowed rays that the air sends back; the others are lost."""

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        if stream.modality == "rgb":
            height, width = stream.shape[:2]
            self._depth = _floor_depth(stream, height)
            self._veil = painted(height, width, self.COLOUR)

    def extinction(self, values: Values) -> float:
        """Return the light that is lost on a metre [1/m]."""
        return values["extinction"]

    def corrupt(self, data: Data, values: Values) -> Data:
        """Return the picture or the ranges in this air."""
        extinction = self.extinction(values)
        return self.veiled(data, extinction) if self.stream.modality == "rgb" else self.swallowed(data, extinction)

    def veiled(self, image: Data, extinction: float) -> Data:
        """Return a picture through the air (Koschmieder 1924): I = J t + A (1 - t), t = exp(-extinction d)."""
        share = np.rint(256.0 * (1.0 - np.exp(-extinction * self._depth)))
        return blended(image, self._veil, np.broadcast_to(share[:, np.newaxis], image.shape[:2]))

    def swallowed(self, ranges: Data, extinction: float) -> Data:
        """Return ranges of which some are lost (nan) and some end in the air.

        The light goes both ways: a ray of length r comes back with the probability exp(-2 extinction r).
        """
        fate, place = uniform(self.rng, ranges.shape), uniform(self.rng, ranges.shape)
        spec = self.stream.lidar
        far = spec.range_max if spec is not None else SCENE
        length = np.where(np.isnan(ranges), 0.0, np.clip(ranges, 0.0, far)).astype(np.float64)
        gone = fate > np.exp(-2.0 * extinction * length)
        # Of one fate in two severities: who is sent back at the lower one is so at the higher one.
        air = NEAREST + self.REACH * place.astype(np.float64) ** 2
        back = (place < self.SENT_BACK) & (air < length)
        faulty = np.where(gone, np.where(back, air, np.nan), ranges)
        return faulty.astype(ranges.dtype)


class _Falling(_Air):
    """Air full of things that fall, which cameras see one by one. Its parameter is the ``rate`` at which they fall."""

    MOST: ClassVar[int]
    """Specks in a picture at the rate ``HEAVIEST``, and at any higher one."""
    HEAVIEST: ClassVar[float]

    @abstractmethod
    def draw(self, weight: Data, x: float, y: float, size: float) -> None:
        """Draw a speck at a place [px] into a mask of 0..255; ``size`` is 0..1."""

    def corrupt(self, data: Data, values: Values) -> Data:
        """Return the picture or the ranges in what falls."""
        faulty = super().corrupt(data, values)
        if self.stream.modality != "rgb":
            return faulty
        specks = self.rng.random((self.MOST, 3))
        height, width = data.shape[:2]
        weight = np.zeros((height, width), np.uint8)
        for x, y, size in specks[: min(self.MOST, round(values["rate"] * self.MOST / self.HEAVIEST))]:
            self.draw(weight, x * width, y * height, size)
        return blended(faulty, self._veil, weight)


@register
class Fog(_Air):
    """Fog: a grey veil that grows with the distance, and rays that are lost or end in the fog.

    Robo3D (Kong et al., ICCV 2023) has extinctions of 0.008, 0.05 and 0.2 / m for streets of a hundred metres; the
    levels are our own, for rooms and yards of ten.
    """

    family = "weather"
    name = "fog"
    modalities = WEATHER
    parameters = (Parameter("extinction", "1/m", (0.05, 0.1, 0.2, 0.4, 0.8), "light lost on a metre", high=10.0),)

    COLOUR = (206, 208, 210)
    REACH = 2.0
    SENT_BACK = 0.3


@register
class Dust(_Air):
    """Dust or smoke: a brown veil, thicker than fog to rays, most of which it sends back.

    Levels: our own, those of fog.
    """

    family = "weather"
    name = "dust"
    modalities = WEATHER
    parameters = (Parameter("extinction", "1/m", (0.05, 0.1, 0.2, 0.4, 0.8), "light lost on a metre", high=10.0),)

    COLOUR = (150, 126, 96)
    REACH = 3.0
    SENT_BACK = 0.7


@register
class Rain(_Falling):
    """Rain: bright streaks before a slightly veiled picture; rays are lost, few end in a drop.

    Extinction from the rain rate R [mm/h]: 0.00312 R^0.67 / m for near infrared light (Hasirlioglu et al., 2016,
    after Lewandowski et al., 2009); it is small within a room's distances, so that the streaks are what matters most.

    Levels: our own, in the Met Office's classes of showers from moderate (2 to 10 mm/h) over heavy (to 50) to
    violent.
    """

    family = "weather"
    name = "rain"
    modalities = WEATHER
    parameters = (Parameter("rate", "mm/h", (5.0, 15.0, 40.0, 80.0, 150.0), "rain rate", high=1000.0),)

    COLOUR = (176, 182, 190)
    REACH = 4.0
    SENT_BACK = 0.2
    MOST = 300
    HEAVIEST = 150.0

    def extinction(self, values: Values) -> float:
        """Return the light that is lost on a metre [1/m]."""
        return 0.00312 * float(values["rate"] ** 0.67)

    def draw(self, weight: Data, x: float, y: float, size: float) -> None:
        """Draw a streak."""
        start = round(x), round(y)
        length = max(2.0, (0.04 + 0.08 * size) * len(weight))
        cv2.line(weight, start, (round(start[0] + 0.15 * length), round(start[1] + length)), 120, 1)


@register
class Snow(_Falling):
    """Snow: white flakes before a veiled picture; rays end in flakes close by.

    Extinction is taken as ten times that of rain of the same water, after Hahner et al. (CVPR 2022), whose returns from
    flakes lie within the first ten metres, mostly in the first few.

    Levels: our own, doubling; the first three lie among the 0.5 to 2.5 mm/h that Hahner et al. simulate.
    """

    family = "weather"
    name = "snow"
    modalities = WEATHER
    parameters = (Parameter("rate", "mm/h", (0.5, 1.0, 2.0, 4.0, 8.0), "snowfall as water", high=100.0),)

    COLOUR = (236, 238, 242)
    REACH = 4.0
    SENT_BACK = 0.8
    MOST = 400
    HEAVIEST = 8.0

    def extinction(self, values: Values) -> float:
        """Return the light that is lost on a metre [1/m]."""
        return 0.0312 * float(values["rate"] ** 0.67)

    def draw(self, weight: Data, x: float, y: float, size: float) -> None:
        """Draw a flake."""
        radius = max(0, round((0.002 + 0.01 * size * size) * weight.shape[1]))
        cv2.circle(weight, (round(x), round(y)), radius, 255, -1)


@register
class Glare(DataKind):
    """A low sun in the picture: a glowing spot, drawn once a trial, whose light spreads over the lens.

    Levels: our own.
    """

    family = "weather"
    name = "glare"
    modalities = RGB
    parameters = (Parameter("strength", "of full scale", (0.3, 0.6, 1.0, 1.6, 2.5), "light in the spot", high=20.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        height, width = stream.shape[:2]
        x, y = rng.random() * width, rng.random() * 0.5 * height
        rows, columns = np.mgrid[0:height, 0:width]
        off = ((columns - x) ** 2 + (rows - y) ** 2) / width**2
        self._light = (1.0 / (1.0 + 40.0 * off) + 0.25 * np.abs(rows - y < 2) / (1.0 + 8.0 * off)) * 255.0

    def corrupt(self, data: Data, values: Values) -> Data:
        """Return the picture against the light."""
        light = np.rint(values["strength"] * self._light).astype(np.int32)
        return np.asarray(np.minimum(data.astype(np.int32) + light[..., np.newaxis], 255), dtype=np.uint8)


@register
class Night(DataKind):
    """Night: little light, bluish, with the noise of a sensor at its highest gain.

    Levels: our own, whole stops, with noise that grows with them.
    """

    family = "weather"
    name = "night"
    modalities = RGB
    parameters = (
        Parameter("stops", "EV", (1.0, 2.0, 3.0, 4.0, 5.0), "halvings of the light", high=8.0),
        Parameter("sigma", "of full scale", (0.01, 0.02, 0.03, 0.04, 0.06), "spread of the noise", high=1.0),
    )

    TINT: ClassVar[tuple[float, float, float]] = (0.75, 0.85, 1.0)

    def corrupt(self, data: Data, values: Values) -> Data:
        """Return the picture at night."""
        gains = np.rint(256.0 * 2.0 ** -values["stops"] * np.array(self.TINT) ** min(1.0, values["stops"]))
        dark = (data.astype(np.int32) * gains.astype(np.int32) + 128) >> 8
        grain = np.rint(
            (uniform(self.rng, data.shape) - np.float32(0.5)) * np.float32(255.0 * 3.4641 * values["sigma"])
        )
        return np.asarray(np.clip(dark + grain.astype(np.int32), 0, 255), dtype=np.uint8)


def _floor_depth(stream: Stream, height: int) -> NDArray[np.float64]:
    """Return for each row how deep the air before it is taken to be [m]."""
    spec = stream.camera
    assert spec is not None
    below = (np.arange(height) + 0.5 - spec.cy) / spec.fy
    return np.where(below > EYE_HEIGHT / SCENE, EYE_HEIGHT / np.maximum(below, 1e-6), SCENE)
