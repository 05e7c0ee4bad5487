"""What fails in the trials that the agent learns from: one sensor, or two, from the start or later."""

from __future__ import annotations

import numpy as np

from vla_sim.faults.spec import FaultSpec

KINDS = {
    "camera": ("blackout", "gaussian_noise", "freeze", "occlusion", "underexposure", "motion_blur"),
    "depth": ("blackout", "noise", "holes", "freeze"),
    "lidar": ("blackout", "range_noise", "beam_dropout", "blind_sector", "freeze"),
    "imu": ("stuck", "bias", "dropout", "noise"),
    "odom": ("freeze", "slip", "encoder_loss", "frame_drop"),
}
"""Kinds by stream; the first one takes the sensor away."""
AFFECTED = 0.45
"""Share of the trials in which something fails."""


def draw_trouble(rng: np.random.Generator) -> list[FaultSpec]:
    """Draw the faults of a trial: none in about half of them."""
    if rng.random() >= AFFECTED:
        return []
    streams = rng.permutation(list(KINDS))[: 1 if rng.random() < 0.8 else 2]
    faults = []
    for stream in streams.tolist():
        kinds = KINDS[stream]
        kind = kinds[0] if rng.random() < 0.5 else kinds[int(rng.integers(len(kinds)))]
        onset = 0.0 if rng.random() < 0.4 else float(rng.uniform(0.5, 12.0))
        faults.append(FaultSpec(target=stream, kind=kind, level=int(rng.integers(2, 6)), onset=round(onset, 1)))
    return faults
