"""What of an arm's observation can be believed: each sensor's data where it is valid and plausible, else None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_agents.classical.senses import picture, ranges, read_stamps
from vla_agents.fusion.arm.body import CAMERAS

_FARTHEST = 4.0


@dataclass(frozen=True, slots=True)
class Look:
    """A camera's frame with its depth image, either of them None where it is missing, and when they were taken [s]."""

    frame: NDArray[np.uint8] | None
    depth: NDArray[np.float32] | None
    stamp: float


@dataclass(frozen=True, slots=True)
class ArmSenses:
    """One observation.

    ``joints`` (8, 2) are positions and velocities of the arm and the fingers; ``force`` (n, 6) is the wrist's, newest
    last; ``touch`` (2,) tells whether the left and the right pad feel something, ``pressure`` (2,) how hard [N].
    """

    time: float
    words: str
    looks: dict[str, Look]
    joints: NDArray[np.float64] | None
    force: NDArray[np.float64] | None
    touch: NDArray[np.bool_] | None
    pressure: NDArray[np.float64] | None

    @classmethod
    def of(cls, observation: Mapping[str, Any]) -> ArmSenses:
        """Read an observation; sensors may be missing."""
        time, stamps, data = read_stamps(observation)

        def both(name: str) -> Any:
            pair = [data(f"{side}_{name}") for side in ("left", "right")]
            return None if None in pair else np.array(pair)

        looks = {}
        for name in CAMERAS:
            depth = ranges(data(f"{name}_depth"))
            if depth is not None:
                depth = np.nan_to_num(np.asarray(depth, np.float32), posinf=_FARTHEST, neginf=0.02)
            looks[name] = Look(picture(data(name)), depth, stamps.get(name, 0.0))
        joints = data("joints")
        return cls(
            time=time,
            words=str(observation["goal"]),
            looks=looks,
            joints=None if joints is None or not np.isfinite(joints).all() else np.asarray(joints),
            force=data("wrist_force"),
            touch=both("touch"),
            pressure=both("touch_force"),
        )
