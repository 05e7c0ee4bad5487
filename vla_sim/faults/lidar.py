"""Faults of sensors that measure ranges: LiDAR, and those that depth cameras share with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality, Stream

Ranges = NDArray[Any]

_LIDAR: frozenset[Modality] = frozenset({"lidar"})
_RANGES: frozenset[Modality] = frozenset({"lidar", "depth"})


@register
class Blackout(DataKind):
    """Scans come as ever, but with every range lost (nan), as from a covered or failed receiver.

    Below severity 1 the contact is loose: each scan is lost with a probability.
    """

    family = "lidar"
    name = "blackout"
    modalities = _RANGES
    parameters = (Parameter("probability", "1", (0.2, 0.4, 0.6, 0.8, 1.0), "share of lost scans", high=1.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return a scan without a range, or the same one."""
        return np.full_like(data, np.nan) if self.rng.random() < values["probability"] else data


@register
class Dropout(DataKind):
    """Single ranges are lost (nan), each with a probability, anew in each scan.

    Levels 2 to 4 are Robo3D's shares of missing beams, 16, 32 and 48 of 64 (Kong et al., ICCV 2023).
    """

    family = "lidar"
    name = "dropout"
    modalities = _RANGES
    parameters = (Parameter("probability", "1", (0.1, 0.25, 0.5, 0.75, 0.9), "share of lost ranges", high=1.0),)

    def corrupt(self, data: Ranges, values: Values) -> Ranges:
        """Return the scan with lost ranges."""
        faulty = data.copy()
        faulty[self.rng.random(data.shape, dtype=np.float32) < values["probability"]] = np.nan
        return faulty


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
        spec = self.stream.lidar
        if spec is not None:
            bounded = np.minimum(np.maximum(faulty, np.float32(spec.range_min)), np.float32(spec.range_max))
            faulty = np.where(np.isfinite(data), bounded, data)
        return faulty


@register
class BlindSector(DataKind):
    """Every range within a sector is lost (nan), as behind a cable, a hand or a bent bumper."""

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
