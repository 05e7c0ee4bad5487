"""Views of a world with the boxes of all things in them: what the eye is trained and scored on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vla_agents.fusion.perception.detector import STRIDE
from vla_sim import seeding
from vla_sim.envs.env import VlaSimEnv
from vla_sim.geometry import Pose
from vla_sim.tasks.language import COLOURS, NOUNS

TASKS = ("go_to_object", "find_the_real_one", "visit_in_order", "avoid_object")
"""Tasks whose layouts are looked at."""
LEAST_PIXELS = 4
"""A thing of fewer pixels is not marked."""
_TURNED_TO = 0.65
"""Share of the views that are turned towards some thing."""
_NEAR = 6.0
_VIEWS = 16
"""Views of one layout."""
_COLOURS, _NOUNS = tuple(COLOURS), tuple(NOUNS)
FIELDS = ("frame", "left", "top", "right", "bottom", "range", "colour", "noun", "flat")
"""What is known of each box: pixels, right and bottom excluded; distance along the optical axis [m]; indices."""


@dataclass(frozen=True, slots=True)
class Views:
    """Frames (N, H, W, 3), depth [m] (N, H, W), cells and boxes (M, len(FIELDS)).

    ``cells`` (N, h, w) tells which box of its frame each cell of the eye's maps shows, -1 for none.
    """

    frames: NDArray[np.uint8]
    depth: NDArray[np.float16]
    cells: NDArray[np.int8]
    boxes: NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write them to an ``.npz`` file."""
        np.savez(path, frames=self.frames, depth=self.depth, cells=self.cells, boxes=self.boxes)

    @classmethod
    def load(cls, path: Path) -> Views:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(file["frames"], file["depth"], file["cells"], file["boxes"])

    @classmethod
    def joined(cls, parts: list[Views]) -> Views:
        """Put several sets behind each other."""
        boxes, first = [], 0
        for part in parts:
            moved = part.boxes.copy()
            moved[:, 0] += first
            boxes.append(moved)
            first += len(part.frames)
        return cls(
            np.concatenate([part.frames for part in parts]),
            np.concatenate([part.depth for part in parts]),
            np.concatenate([part.cells for part in parts]),
            np.concatenate(boxes),
        )


def collect_views(world: str, count: int, seed: int) -> Views:
    """Look at random layouts of a world from random places."""
    rng = seeding.generator(seed, "views", world)
    env = VlaSimEnv(world, "go_to_object", sensors=["camera", "depth"])
    frames: list[NDArray[np.uint8]] = []
    depths: list[NDArray[np.float16]] = []
    cells: list[NDArray[np.int8]] = []
    boxes: list[tuple[float, ...]] = []
    try:
        while len(frames) < count:
            task = TASKS[int(rng.integers(len(TASKS)))]
            env.reset(seed=int(rng.integers(2**31)), options={"task": task})
            for pose in _poses(env, rng, min(_VIEWS, count - len(frames))):
                placements = {**env.episode.placements, env.site.semantics.robot: pose}
                env.engine.reset(placements, seed=int(rng.integers(2**31)))
                latest = {reading.sensor: reading.data for reading in env.engine.step(0.1)}
                shown = env.engine.segmentation("camera")  # type: ignore[attr-defined]
                depth = np.nan_to_num(latest["depth"], posinf=10.0, neginf=0.05)
                marked, found = mark(env, shown, depth)
                boxes += [(len(frames), *box) for box in found]
                frames.append(latest["camera"].astype(np.uint8))
                depths.append(depth.astype(np.float16))
                cells.append(marked)
    finally:
        env.close()
    return Views(
        np.array(frames, np.uint8),
        np.array(depths, np.float16),
        np.array(cells, np.int8),
        np.array(boxes, np.float32).reshape(-1, len(FIELDS)),
    )


def mark(
    env: VlaSimEnv, shown: NDArray[np.int32], depth: NDArray[np.floating]
) -> tuple[NDArray[np.int8], list[tuple[float, ...]]]:
    """Return which box each cell shows, and the boxes (``FIELDS`` but the first), of the frame that was just taken."""
    objects = env.site.objects
    cells = np.full((shown.shape[0] // STRIDE, shown.shape[1] // STRIDE), -1, np.int8)
    centres = shown[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    found: list[tuple[float, ...]] = []
    for index, model in enumerate(env.site.world.models):
        if model.name not in objects:
            continue
        inside = shown == index
        if int(inside.sum()) < LEAST_PIXELS:
            continue
        tag = objects[model.name]
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
        cells[centres == index] = len(found)
        cells[(top + bottom) // 2 // STRIDE, (left + right) // 2 // STRIDE] = len(found)
        away = float(np.median(depth[inside]))
        look = _COLOURS.index(tag.colour), _NOUNS.index(tag.noun)
        found.append((left, top, right, bottom, away, *look, float(tag.decoy)))
    return cells, found


def _poses(env: VlaSimEnv, rng: np.random.Generator, count: int) -> Iterator[Pose]:
    """Yield places where the robot may stand in the layout of the episode, most of them turned towards a thing."""
    nav = env.site.nav_map(env.episode.placements)
    rows, columns = np.nonzero(nav.free)
    things = [pose.position[:2] for name, pose in env.episode.placements.items() if pose and name in env.site.objects]
    height = env.site.robot.pose.position[2]
    made = 0
    while made < count:
        at = int(rng.integers(len(rows)))
        x, y = nav.grid.centre((int(rows[at]), int(columns[at])))
        yaw = float(rng.uniform(-math.pi, math.pi))
        near = [thing for thing in things if math.dist(thing, (x, y)) < _NEAR]
        if rng.random() < _TURNED_TO:
            if not near:
                continue
            thing = near[int(rng.integers(len(near)))]
            yaw = math.atan2(thing[1] - y, thing[0] - x) + float(rng.uniform(-0.6, 0.6))
        made += 1
        yield Pose.planar(x, y, yaw, z=height)
