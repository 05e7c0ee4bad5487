"""The output of every kind at every level on a fixed input, as hashes: what a published figure rests on.

``python -m vla_sim.faults.golden`` writes the hashes of new kinds and new versions, and refuses where a kind's output
has changed but its version has not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from vla_sim import seeding
from vla_sim.faults.kind import KINDS, LEVELS, Kind
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import CameraSpec, LidarSpec
from vla_sim.sensing.reading import Modality, Reading, Stream

GOLDEN = Path(__file__).with_name("golden.json")
READINGS = 8
"""Readings that each hash covers, after one that the kind only watches."""
GOALS = ("go to the red cube", "drive to the kitchen and stop there", "turn left by 90 degrees", "stop")
"""Words that faults of language are tried on."""
GRAIN = 1e-5
"""Floating point data is rounded to this before hashing, so that the last bits of a processor's arithmetic do not
count."""


class Golden(TypedDict):
    """What is kept of a kind: its version, and by modality a hash for each level."""

    version: int
    levels: dict[str, dict[str, str]]


def example_stream(modality: Modality) -> Stream:
    """Return a small stream of a modality, as the rover has it but with smaller images."""
    shapes: dict[Modality, tuple[int, ...]] = {
        "rgb": (24, 32, 3),
        "depth": (24, 32),
        "segmentation": (24, 32),
        "lidar": (90,),
        "imu": (6,),
        "odometry": (5,),
        "joints": (6, 2),
        "contact": (),
        "force": (),
        "wrench": (6,),
        "command": (2,),
        "joint_command": (6, 2),
        "language": (),
    }
    dtypes = {
        "rgb": "u1",
        "depth": "f4",
        "segmentation": "i4",
        "lidar": "f4",
        "imu": "f8",
        "odometry": "f8",
        "joints": "f8",
        "contact": "?",
        "force": "f8",
        "wrench": "f8",
        "command": "f8",
        "joint_command": "f8",
        "language": "U",
    }
    camera = CameraSpec(32, 24, 1.2, 0.05, 50.0, 23.4, 23.4, 16.0, 12.0, depth_near=0.1, depth_far=10.0)
    return Stream(
        name=modality,
        modality=modality,
        rate=10.0,
        shape=shapes[modality],
        dtype=np.dtype(dtypes[modality]),
        model="robot",
        link="base",
        pose=Pose(),
        camera=camera if modality in ("rgb", "depth", "segmentation") else None,
        joints=tuple(f"joint{number}" for number in range(6)) if modality in ("joints", "joint_command") else (),
        lidar=LidarSpec(90, -np.pi, np.pi, range_min=0.1, range_max=8.0) if modality == "lidar" else None,
    )


def example_readings(stream: Stream, count: int = READINGS + 1) -> list[Reading]:
    """Return readings of a stream that differ from one another, with lost and infinite ranges among them."""
    rng = seeding.generator(0, "golden", stream.modality)
    readings = []
    for index in range(count):
        data: NDArray[Any]
        uniform = rng.random(stream.shape)
        if stream.modality == "rgb":
            data = (uniform * 256.0).astype(np.uint8)
        elif stream.modality in ("depth", "lidar"):
            data = (0.2 + 7.0 * uniform).astype(np.float32)
            data[uniform > 0.95] = np.inf
            data[uniform < 0.02] = np.nan
        elif stream.modality == "segmentation":
            data = (uniform * 7.0).astype(np.int32)
        elif stream.modality == "contact":
            data = np.asarray(uniform > 0.5)
        elif stream.modality == "force":
            data = np.where(uniform > 0.3, 40.0 * uniform, 0.0)
        elif stream.modality == "wrench":
            data = (uniform * 2.0 - 1.0) * [20.0, 20.0, 40.0, 2.0, 2.0, 1.0]
        elif stream.modality == "joint_command":
            # Four joints that work by velocity, and two fingers.
            data = uniform * 2.0 - 1.0
            data[:, 1] = [np.nan] * 4 + [40.0] * 2
        elif stream.modality == "language":
            data = np.array(GOALS[index % len(GOALS)])
        else:
            data = uniform * 2.0 - 1.0
        stamp = round(0.1 * (index + 1), 9)
        readings.append(Reading(stream.name, stamp, data, stamp))
    return readings


def run_example(kind: type[Kind], modality: Modality, severity: float) -> list[Reading]:
    """Return what a kind makes of the example readings of a modality."""
    stream = example_stream(modality)
    first, *rest = example_readings(stream)
    fault = kind(stream, seeding.generator(0, "golden", kind.id(), modality))
    fault.watch(first)
    values = kind.at(severity)
    return [faulty for reading in rest for faulty in fault.apply(reading, values)]


def _hash(kind: type[Kind], modality: Modality, level: int) -> str:
    digest = hashlib.sha256()
    for reading in run_example(kind, modality, level / 5):
        data = reading.data
        if np.issubdtype(data.dtype, np.floating):
            grains = np.nan_to_num(data.astype(np.float64), nan=-7e6, posinf=8e6, neginf=-8e6) / GRAIN
            data = np.rint(grains).astype(np.int64)
        digest.update(f"{modality} {reading.stamp:.9f} {reading.arrival:.9f} {data.shape} {data.dtype.str}".encode())
        digest.update(np.ascontiguousarray(data).tobytes())
    return digest.hexdigest()[:16]


def compute(kind: type[Kind]) -> Golden:
    """Return what a kind gives on this machine."""
    levels: dict[str, dict[str, str]] = {
        modality: {str(level): _hash(kind, modality, level) for level in LEVELS} for modality in sorted(kind.modalities)
    }
    return {"version": kind.version, "levels": levels}


def load() -> dict[str, Golden]:
    """Return the recorded hashes by kind id."""
    if not GOLDEN.exists():
        return {}
    recorded: dict[str, Golden] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return recorded


def verify() -> list[str]:
    """Return one line for each kind whose output on this machine is not the recorded one; empty when all is well."""
    recorded = load()
    problems = []
    for name, kind in KINDS.items():
        if name not in recorded:
            problems.append(f"{name}: no hash is recorded")
            continue
        actual, expected = compute(kind), recorded[name]
        if actual["version"] != expected["version"]:
            problems.append(f"{name}: version {actual['version']}, recorded is {expected['version']}")
        changed = [
            f"{modality} at level {level}"
            for modality, levels in actual["levels"].items()
            for level, value in levels.items()
            if value != expected["levels"].get(modality, {}).get(level)
        ]
        if changed:
            problems.append(f"{name}: other output on {', '.join(changed)}")
    problems += [f"{name}: recorded, but there is no such kind" for name in recorded if name not in KINDS]
    return problems


def write() -> list[str]:
    """Record every kind; return those whose output changed under an unchanged version, which are left as they were."""
    recorded = load()
    golden: dict[str, Golden] = {}
    refused = []
    for name, kind in sorted(KINDS.items()):
        golden[name] = compute(kind)
        old = recorded.get(name)
        if old is not None and old["version"] == kind.version and not _agrees(golden[name], old):
            refused.append(name)
            golden[name] = old
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
    return refused


def _agrees(new: Golden, old: Golden) -> bool:
    """Return whether a kind does to every modality that it fitted before what it did before."""
    return all(new["levels"].get(modality) == levels for modality, levels in old["levels"].items())


if __name__ == "__main__":
    sys.exit("".join(f"{name}: the output changed; raise its version\n" for name in write()) or None)
