"""What the builder remembers of the world: which MuJoCo element is which."""

from __future__ import annotations

from dataclasses import dataclass, field

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.geometry import Pose
from vla_sim.sdf.scene import Issue, Model, Plugin, World


@dataclass(slots=True)
class Root:
    """A tree of a model: its first body, where that stands in the model, and the free joint's addresses (-1: none)."""

    body: int
    pose: Pose
    qpos: int = -1
    dof: int = -1


@dataclass(slots=True)
class BuiltModel:
    """One model of the world in MuJoCo's ids."""

    scene: Model
    index: int
    roots: list[Root] = field(default_factory=list)
    canonical: int = 0
    """Body of the canonical link."""
    canonical_pose: Pose = field(default_factory=Pose)
    """Pose of the canonical link in the model (identity where one body carries the whole model)."""
    bodies: dict[str, int] = field(default_factory=dict)
    offsets: dict[str, Pose] = field(default_factory=dict)
    """Pose of each link in the body that carries it."""
    joints: dict[str, int] = field(default_factory=dict)
    """MuJoCo id of each joint with one degree of freedom."""
    geoms: list[int] = field(default_factory=list)
    collisions: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """Colliding geoms by link and collision name."""
    moves: bool = False


@dataclass(slots=True)
class Built:
    """A compiled world."""

    world: World
    model: mujoco.MjModel
    models: dict[str, BuiltModel]
    names: list[str]
    """Names of the models by index."""
    geom_model: NDArray[np.int32]
    """Index of the model of each geom."""
    cameras: dict[str, int]
    """MuJoCo camera of each camera stream."""
    sites: dict[str, int]
    """MuJoCo site of each other sensor's stream."""
    pressures: dict[str, list[int]]
    """MuJoCo sensors of each force stream, one a geom."""
    drives: list[tuple[str, Plugin, list[int]]]
    """Model, plugin and actuators of each plugin that acts."""
    free_camera: int
    """A camera of no stream, for free views."""
    issues: list[Issue]
    textures: dict[str, NDArray[np.uint8]]
