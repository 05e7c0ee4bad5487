"""Faults of LiDARs: lost and noisy ranges, some of which depth cameras share. False ones are in ``lidar_false``."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.draws import Stretches
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.faults.noise import uniform_pool
from vla_sim.sensing.reading import Modality, Stream

Ranges = NDArray[Any]

_LIDAR: frozenset[Modality] = frozenset({"lidar"})
_RANGES: frozenset[Modality] = frozenset({"lidar", "depth"})

_NAN = np.array(np.nan, np.float32).view(np.uint32)
"""The bits of a lost range, to be multiplied by 0 or 1: a third of what ``np.where`` takes."""


@register
class Blackout(DataKind):
    """Scans come as ever, but with every range lost (nan), as from a covered or failed receiver.

    Below severity 1 the contact is loose: each scan is lost with a probability.
    """

    family = "lidar"
    name = "blackout"
    modalities = _RANGES
    parameters = (Parameter.probability("share of lost scans"),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return a scan without a range, or the same one."""
        return np.full_like(data, np.nan) if self.chance(self.stamp) < values["probability"] else data


@register
class Dropout(DataKind):
    """Single ranges are lost (nan), each with a probability, anew in each scan.

    Which ones is decided by a stretch of a fixed pool of uniform numbers, at an offset drawn for each scan.

    Levels 2 to 4 are Robo3D's shares of missing beams, 16, 32 and 48 of 64 (Kong et al., ICCV 2023).
    """

    family = "lidar"
    name = "dropout"
    version = 2
    modalities = _RANGES
    parameters = (Parameter("probability", "1", (0.1, 0.25, 0.5, 0.75, 0.9), "share of lost ranges", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._stretches = Stretches(rng, stream.shape)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with lost ranges."""
        draws = self._stretches.along(uniform_pool(self._stretches.length))[self._stretches.next()]
        return np.asarray(data + _gaps(draws, values["probability"]))

    def steady(self, values: Values) -> Callable[[Ranges], Ranges]:
        """Return the loss of ranges with one probability."""
        gaps = self._stretches.along(_gaps_along_pool(self._stretches.length, values["probability"]))
        place = self._stretches.next

        def lose(data: Ranges) -> Ranges:
            faulty: Ranges = data + gaps[place()]
            return faulty

        return lose


@register
class RangeNoise(DataKind):
    """Gaussian noise on each range.

    Levels are those of 3D_Corruptions_AD (Dong et al., CVPR 2023). A range stays within what the sensor can report;
    rays without a return stay so.
    """

    family = "lidar"
    name = "range_noise"
    modalities = _LIDAR
    parameters = (Parameter("sigma", "m", (0.02, 0.04, 0.06, 0.08, 0.10), "standard deviation", high=100.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with noise."""
        noise = self.rng.standard_normal(data.shape, dtype=np.float32)
        faulty: Ranges = data + noise * np.float32(values["sigma"])
        return _reportable(self.stream, data, faulty)


@register
class BlindSector(DataKind):
    """Every range within a sector is lost (nan), as behind a cable, a hand or a bent bumper.

    Levels: our own.
    """

    family = "lidar"
    name = "blind_sector"
    modalities = _LIDAR
    parameters = (
        Parameter(
            "width", "rad", (0.5236, 1.0472, 2.0944, 3.4907, 6.2832), "30, 60, 120, 200 and 360 degrees", high=6.2832
        ),
        Parameter.constant(
            "centre", "rad", 0.0, "middle of the sector, from straight ahead to the left", -math.pi, math.pi
        ),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        spec = stream.lidar
        low, high = (spec.horizontal_min, spec.horizontal_max) if spec else (-math.pi, math.pi)
        self._angles = np.linspace(low, high, stream.shape[-1])

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with the sector lost."""
        off = np.abs((self._angles - values["centre"] + math.pi) % (2.0 * math.pi) - math.pi)
        faulty = data.copy()
        faulty[..., off <= values["width"] / 2.0] = np.nan
        return faulty


@register
class BeamDropout(DataKind):
    """Dead beams: the same rays are lost (nan) in every scan, of a multi-ring LiDAR whole rings.

    Levels 2 to 4 are Robo3D's shares of missing beams, 16, 32 and 48 of 64 (Kong et al., ICCV 2023). The dead ones of a
    lower severity are among those of a higher one.
    """

    family = "lidar"
    name = "beam_dropout"
    modalities = _LIDAR
    parameters = (Parameter("share", "of the beams", (0.1, 0.25, 0.5, 0.75, 0.9), "share of dead beams", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._order = rng.permutation(stream.shape[0])

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan without the dead beams."""
        faulty = data.copy()
        faulty[self._order[: round(values["share"] * len(self._order))]] = np.nan
        return faulty


@register
class Attenuation(DataKind):
    """Far ranges are lost (nan) more often than near ones, as behind a dirty window or off dark things.

    A range r is lost with the probability 1 - exp(-(r / reach)^2): the light that comes back falls with the square.

    Levels: our own, from a reach of 10 m to one of 1 m.
    """

    family = "lidar"
    name = "attenuation"
    modalities = _LIDAR
    parameters = (Parameter("loss", "1/m", (0.1, 0.17, 0.25, 0.5, 1.0), "1 / reach", high=100.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan without some of its far ranges."""
        draws = self.rng.random(data.shape)
        length = np.where(np.isfinite(data), data, np.float32(0.0)).astype(np.float64)
        lost = draws > np.exp(-((length * values["loss"]) ** 2))
        return np.where(lost, np.float32(np.nan), data)


@register
class ShortRange(DataKind):
    """Beyond some distance nothing comes back (+inf), as of a weak laser: far walls are not there.

    Levels: our own.
    """

    family = "lidar"
    name = "short_range"
    modalities = _LIDAR
    parameters = (
        Parameter("share", "of range_max", (0.25, 0.5, 0.7, 0.85, 0.95), "share of the range that is lost", high=1.0),
    )

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan without what is far."""
        spec = self.stream.lidar
        assert spec is not None
        return np.where(data > spec.range_max * (1.0 - values["share"]), np.float32(np.inf), data)


@register
class LimitedView(DataKind):
    """Only a sector straight ahead is left; all other ranges are lost (nan), as of a driver with a wrong setting.

    Levels: our own; 3D_Corruptions_AD (Dong et al., CVPR 2023) loses 0.42 to 0.75 of the view, in five even steps.
    """

    family = "lidar"
    name = "limited_view"
    modalities = _LIDAR
    parameters = (Parameter("lost", "of the view", (0.25, 0.5, 0.67, 0.83, 0.95), "share that is lost", high=1.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the sector ahead."""
        rays = data.shape[-1]
        kept = round(rays * (1.0 - values["lost"]))
        start = (rays - kept) // 2
        faulty = np.full_like(data, np.nan)
        faulty[..., start : start + kept] = data[..., start : start + kept]
        return faulty


@register
class Bias(DataKind):
    """Every range is too long by the same length, as after a change of temperature.

    Levels: our own, about doubling.
    """

    family = "lidar"
    name = "bias"
    modalities = _LIDAR
    parameters = (Parameter("offset", "m", (0.02, 0.05, 0.1, 0.2, 0.4), "added length", low=-100.0, high=100.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with the offset."""
        return _reportable(self.stream, data, data + np.float32(values["offset"]))


@register
class Quantisation(DataKind):
    """Ranges in coarse steps.

    Levels: our own, doubling.
    """

    family = "lidar"
    name = "quantisation"
    modalities = _LIDAR
    parameters = (Parameter("step", "m", (0.05, 0.1, 0.2, 0.4, 0.8), "step", high=100.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan in steps."""
        steps = np.rint(data.astype(np.float64) / values["step"]) * values["step"]
        return _reportable(self.stream, data, steps.astype(np.float32))


def _gaps(draws: NDArray[np.float32], probability: float) -> NDArray[np.float32]:
    """Return nan where a draw decides that a range is lost, else 0."""
    return np.multiply((draws < probability).view(np.uint8), _NAN).view(np.float32)


@lru_cache(maxsize=4)
def _gaps_along_pool(length: int, probability: float) -> NDArray[np.float32]:
    return _gaps(uniform_pool(length), probability)


def _reportable(stream: Stream, clean: Ranges, faulty: Ranges) -> Ranges:
    """Keep ranges within what the sensor can report; rays without a return stay so."""
    spec = stream.lidar
    if spec is None:
        return faulty
    bounded = np.minimum(np.maximum(faulty, np.float32(spec.range_min)), np.float32(spec.range_max))
    return np.where(np.isfinite(clean), bounded, clean)
