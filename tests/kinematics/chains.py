"""Chains of links to test on: random ones, and an arm of six axes."""

from __future__ import annotations

import math

import numpy as np

from vla_sim.geometry import Pose
from vla_sim.sdf import scene


def random_pose(rng: np.random.Generator) -> Pose:
    return Pose.from_xyz_rpy(*rng.uniform(-0.4, 0.4, 3).tolist(), *rng.uniform(-1.5, 1.5, 3).tolist())


def random_chain(seed: int, joints: int) -> scene.Model:
    """Return a model of links in a row with joints of every kind at odd places; its last link is ``tip_link``."""
    rng = np.random.default_rng(seed)
    names = [*(f"link_{k}" for k in range(joints)), "tip_link"]
    links = [scene.Link(name, random_pose(rng)) for name in names]
    ties = [scene.Joint("anchor", "fixed", "world", names[0], Pose())]
    for k in range(joints):
        kind = ("revolute", "prismatic", "continuous", "fixed")[int(rng.integers(4 if k else 3))]
        axis = rng.normal(size=3)
        x, y, z = (axis / np.linalg.norm(axis)).tolist()
        limits = scene.Axis((x, y, z), lower=-2.0, upper=2.0, velocity=1.5)
        # The joint stands where it likes in its child's frame.
        ties.append(
            scene.Joint(
                f"joint_{k}", kind, names[k], names[k + 1], random_pose(rng), None if kind == "fixed" else limits
            )  # type: ignore[arg-type]
        )
    frame = scene.Frame("tool", "tip_link", random_pose(rng))
    return scene.Model("chain", random_pose(rng), tuple(links), tuple(ties), frames=(frame,))


def six_axes() -> scene.Model:
    """Return an arm like a UR5e: three parallel axes and a wrist whose axes do not meet."""
    axes = [(0, 0, 1), (0, 1, 0), (0, 1, 0), (0, 1, 0), (1, 0, 0), (0, 0, -1)]
    places = [
        (0.0, 0.0, 0.16),
        (0.0, 0.133, 0.16),
        (0.0, 0.133, 0.585),
        (0.392, 0.133, 0.585),
        (0.492, 0.133, 0.585),
        (0.492, 0.133, 0.585),
    ]
    links = [scene.Link("base", Pose())]
    ties = [scene.Joint("anchor", "fixed", "world", "base", Pose())]
    for k, (axis, place) in enumerate(zip(axes, places, strict=True)):
        x, y, z = map(float, axis)
        links.append(scene.Link(f"link_{k}", Pose(place)))
        limits = scene.Axis((x, y, z), lower=-3.0, upper=3.0, velocity=2.0)
        ties.append(scene.Joint(f"joint_{k}", "revolute", links[k].name, f"link_{k}", Pose(), limits))
    tool = scene.Frame("tool", "link_5", Pose.from_xyz_rpy(0.0, 0.0, -0.237, math.pi, 0.0, 0.0))
    return scene.Model("arm", Pose((0.3, -0.2, 0.1)), tuple(links), tuple(ties), frames=(tool,))
