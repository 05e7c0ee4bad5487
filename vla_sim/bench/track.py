"""What the report shows of one trial: the path, what the agent saw, how old its sensor readings were."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.bench.atomic import write_text
from vla_sim.bench.outline import goal_outlines

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

MAX_POINTS = 400
MAX_FRAMES = 8
_JPEG_QUALITY = 80


class Track:
    """Collects one trial, step by step, at next to no cost; ``save`` thins it out and writes it.

    Path points are ``[time, x, y, yaw]``; ages [s] stand beside them, one list for each sensor, None before its first
    reading. Frames are the camera pictures that the agent was given, faults and all.
    """

    def __init__(self) -> None:
        self._points: list[tuple[float, float, float, float, float]] = []
        self._ages: list[NDArray[np.float32]] = []
        self._frames: list[tuple[float, NDArray[np.uint8]]] = []
        self._stride = 1
        self._objects: list[dict[str, Any]] = []
        self._goals: list[dict[str, Any]] = []
        self._words: str | None = None
        self._sensors: Sequence[str] = ()
        self._camera: str | None = None

    @property
    def began(self) -> bool:
        """Whether there is anything to save."""
        return bool(self._points)

    def watch(self, env: VlaSimEnv, observation: Mapping[str, Any], info: Mapping[str, Any]) -> None:
        """Note one control step."""
        if not self.began:
            self._begin(env, observation)
        if env.episode.words != self._words:
            self._words = env.episode.words
            self._goals.append({"time": round(env.truth.time, 3), "outlines": goal_outlines(env)})
        truth = env.truth
        pose = truth.models[env.site.robot.name].pose
        if self._camera is not None and len(self._points) % self._stride == 0:
            self._frames.append((truth.time, observation[self._camera].copy()))
            if len(self._frames) > 2 * MAX_FRAMES:
                self._frames = self._frames[::2]
                self._stride *= 2
        self._points.append((truth.time, *pose.position[:2], pose.yaw, float(info["progress"])))
        self._ages.append(np.where(observation["valid"] > 0, observation["age"], np.nan))

    def _begin(self, env: VlaSimEnv, observation: Mapping[str, Any]) -> None:
        self._sensors = tuple(env.sensor_names)
        self._camera = next((name for name in self._sensors if _is_picture(observation.get(name))), None)
        self._objects = _objects(env)

    def save(self, path: Path) -> None:
        """Write what was collected as JSON, the same bytes for the same trial."""
        keep = _spread(len(self._points), MAX_POINTS)
        data = {
            "objects": self._objects,
            "goals": self._goals,
            "path": [[round(value, 3) for value in self._points[i][:4]] for i in keep],
            "progress": [round(self._points[i][4], 3) for i in keep],
            "ages": {name: [_age(self._ages[i][k]) for i in keep] for k, name in enumerate(self._sensors)},
            "frames": [
                {"time": round(self._frames[i][0], 3), "jpeg": jpeg(self._frames[i][1])}
                for i in _spread(len(self._frames), MAX_FRAMES)
            ],
        }
        write_text(path, json.dumps(data, separators=(",", ":"), allow_nan=False))


def read_track(path: Path) -> dict[str, Any] | None:
    """Read a saved track; None where the trial left none."""
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data


def _objects(env: VlaSimEnv) -> list[dict[str, Any]]:
    """Return where the things that goals name stand at the start."""
    states = env.truth.models
    return [
        {
            "name": name,
            "x": round(states[name].pose.position[0], 3),
            "y": round(states[name].pose.position[1], 3),
            "colour": tag.colour,
            "noun": tag.noun,
            "radius": tag.radius,
            "decoy": tag.decoy,
        }
        for name, tag in sorted(env.site.objects.items())
        if name in states and env.episode.placements.get(name, states[name].pose) is not None
    ]


def _spread(count: int, limit: int) -> list[int]:
    """Return at most ``limit`` indices evenly over ``range(count)``, both ends among them."""
    if count <= limit:
        return list(range(count))
    return [round(i * (count - 1) / (limit - 1)) for i in range(limit)]


def _is_picture(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3 and value.shape[2] == 3


def jpeg(picture: NDArray[np.uint8]) -> str:
    """Return a picture (height, width, 3) as JPEG in base64."""
    _, data = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return base64.b64encode(data.tobytes()).decode()


def _age(value: np.float32) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)
