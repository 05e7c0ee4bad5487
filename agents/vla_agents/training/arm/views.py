"""Views of a table from both cameras of an arm at work, with the boxes of all that stands on it.

What ``Views`` calls depth is here how high above the table is what a pixel shows [m].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vla_agents.fusion.arm.body import CAMERAS, arm_body
from vla_agents.fusion.arm.kinds import COLOUR_NAMES, NOUN_NAMES
from vla_agents.fusion.perception.detector import STRIDE
from vla_agents.training.arm.teacher import ArmTeacher
from vla_agents.training.views import FIELDS, LEAST_PIXELS, Views
from vla_sim import seeding
from vla_sim.envs.env import VlaSimEnv

TASKS = ("pick_up", "pick_by_place", "put_in", "put_on", "put_beside", "put_between", "push_to", "stack")
"""Tasks that the teacher can do, whose layouts are looked at."""
OTHER_TASKS = ("open_drawer", "press_button", "clear_colour")
"""Layouts that are only looked at from above."""
VARIATION = {
    "light": (0.6, 1.4),
    "colour": 0.06,
    "size": (0.85, 1.15),
    "camera_position": 0.004,
    "camera_angle": 0.006,
}
_EVERY = 4
"""Control steps from one view to the next."""
_LONGEST = 120
_ASTRAY = 0.15
"""Share of the steps in which the arm goes somewhere else than the teacher says."""


def collect_views(count: int, seed: int, world: str = "tabletop") -> Views:
    """Look at tables while the teacher works there, not always where it should."""
    rng = seeding.generator(seed, "arm-views", world)
    sensors = [f"{name}{kind}" for name in CAMERAS for kind in ("", "_depth")]
    env = VlaSimEnv(world, TASKS[0], sensors=sensors, action_type="end_effector", variation=VARIATION)
    frames: list[NDArray[np.uint8]] = []
    depths: list[NDArray[np.float16]] = []
    cells: list[NDArray[np.int8]] = []
    boxes: list[tuple[float, ...]] = []

    def look(observation: dict[str, NDArray[np.generic]], cameras: tuple[str, ...]) -> None:
        for name in cameras:
            depth = np.nan_to_num(np.asarray(observation[f"{name}_depth"], np.float32), posinf=4.0, neginf=0.02)
            marked, found = mark(env, env.engine.segmentation(name), depth)  # type: ignore[attr-defined]
            boxes.extend((len(frames), *box) for box in found)
            frames.append(np.asarray(observation[name], np.uint8).copy())
            body = arm_body()
            joints = body.chain.configuration(env.truth.models[env.site.semantics.robot].joints)
            depths.append(body.lenses[name].heights(depth, joints).astype(np.float16))
            cells.append(marked)

    try:
        while len(frames) < count:
            every = (*TASKS, *OTHER_TASKS)
            task = every[int(rng.integers(len(every)))]
            observation, _ = env.reset(seed=int(rng.integers(2**31)), options={"task": task})
            if task in OTHER_TASKS:
                look(observation, ("overhead",))
                continue
            teacher = ArmTeacher(env)
            for step in range(_LONGEST):
                if step % _EVERY == 0:
                    look(observation, CAMERAS)
                x, y, z, turn, width = teacher.motion().array()
                if rng.random() < _ASTRAY:
                    x, y, z = rng.uniform(-0.05, 0.05, 3)
                observation, _, terminated, truncated, _ = env.step(np.array([x, y, z, 0, 0, turn, width], np.float32))
                if terminated or truncated or len(frames) >= count:
                    break
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
    """Return which box each cell shows, and the boxes (``FIELDS`` but the first), of the frame that was just taken.

    The last number of a box is 1 for what is in the grip. Colours of what has none are -1.
    """
    cells = np.full((shown.shape[0] // STRIDE, shown.shape[1] // STRIDE), -1, np.int8)
    centres = shown[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    found: list[tuple[float, ...]] = []
    for index, model in enumerate(env.site.world.models):
        tag = env.site.objects.get(model.name) or env.site.fixtures.get(model.name)
        inside = shown == index
        if tag is None or tag.noun not in NOUN_NAMES or int(inside.sum()) < LEAST_PIXELS:
            continue
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
        cells[centres == index] = len(found)
        cells[(top + bottom) // 2 // STRIDE, (left + right) // 2 // STRIDE] = len(found)
        colour = -1 if tag.colour is None else COLOUR_NAMES.index(tag.colour)
        held = model.name in env.truth.held
        found.append(
            (left, top, right, bottom, float(np.median(depth[inside])), colour, NOUN_NAMES.index(tag.noun), held)
        )
    return cells, found
