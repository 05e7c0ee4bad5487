"""The contract that every engine meets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from vla_sim.geometry import Pose, Vector3
from vla_sim.sdf.scene import Issue, Rgba, World
from vla_sim.sensing.reading import Reading, Stream

Placements = Mapping[str, Pose | None]
"""Where models stand at a reset: name -> pose of the model in the world, or None to take it out of the scene."""


@dataclass(frozen=True, slots=True)
class Command:
    """What the robot is told; it holds until the next one.

    ``linear`` [m/s] and ``angular`` [rad/s] drive the robot's DiffDrive; ``joints`` sets the goal [rad or m] of each
    JointPositionController by joint name; one that is not named keeps its goal. ``efforts`` sets the greatest force or
    torque [N or N m] of controllers that work by force; one that is not named has that of its file. Controllers that
    work by velocity go to a goal at constant speed in ``duration`` [s], or as fast as they can where that is longer.
    """

    linear: float = 0.0
    angular: float = 0.0
    joints: Mapping[str, float] = field(default_factory=dict)
    efforts: Mapping[str, float] = field(default_factory=dict)
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class Variation:
    """What a reset changes in the look and the physics of a world, in explicit values (sampled elsewhere, recorded).

    Keys are model names, or stream names for ``camera_jitter``.
    """

    light: float = 1.0
    """Factor on every light and on the ambient light; 0 is a dark world."""
    colours: Mapping[str, Rgba] = field(default_factory=dict)
    textures: Mapping[str, Path] = field(default_factory=dict)
    camera_jitter: Mapping[str, Pose] = field(default_factory=dict)
    friction: Mapping[str, float] = field(default_factory=dict)
    """Factor on a model's friction coefficients."""
    mass: Mapping[str, float] = field(default_factory=dict)
    """Factor on a model's masses and inertias."""
    size: Mapping[str, float] = field(default_factory=dict)
    """Factor on a model's lengths; its masses go with them. For models without joints, such as what is grasped."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """Ground truth of one model: pose and velocities of its canonical link's model frame, in the world's frame."""

    pose: Pose
    linear: Vector3 = (0.0, 0.0, 0.0)
    angular: Vector3 = (0.0, 0.0, 0.0)
    joints: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truth:
    """Ground truth, for tasks and the scripted expert only.

    ``contacts`` names the pairs of models that touched at any time in the last ``step`` (each pair sorted; a robot on
    its wheels touches the ground all the time). ``felt`` names, for each contact sensor of the world by its stream, the
    models that touched it in that time, whether its readings are wanted or not. ``forces`` has, for each stream of a
    force or a wrench, the greatest force [N] of that time: no noise is on it.
    """

    time: float
    models: Mapping[str, ModelState]
    contacts: frozenset[tuple[str, str]] = frozenset()
    felt: Mapping[str, frozenset[str]] = field(default_factory=dict)
    forces: Mapping[str, float] = field(default_factory=dict)

    @property
    def held(self) -> frozenset[str]:
        """The models that two or more contact sensors felt, as what is between the fingers of a gripper is."""
        counts = Counter(model for models in self.felt.values() for model in models)
        return frozenset(model for model, count in counts.items() if count > 1)


class Engine(Protocol):
    """A simulator that runs a world in lock-step. Use it as a context manager; ``close`` is idempotent.

    Order of calls: ``load`` once, then ``reset`` and any number of ``apply`` / ``step`` / ``truth``.
    """

    @property
    def streams(self) -> Mapping[str, Stream]:
        """Every stream of the loaded world by name."""
        ...

    @property
    def issues(self) -> Sequence[Issue]:
        """What the loaded world holds that this engine ignores."""
        ...

    @property
    def physics_step(self) -> float:
        """Length of one physics step [s]."""
        ...

    @property
    def time(self) -> float:
        """Simulated time since the reset [s]."""
        ...

    def load(self, world: World, sensors: Sequence[str] | None = None) -> None:
        """Build the world, and produce the streams named in ``sensors`` (None: all).

        Raises:
            InputError: an unknown stream, or a world that this engine cannot build.
        """
        ...

    def reset(self, placements: Placements | None = None, seed: int = 0, variation: Variation | None = None) -> None:
        """Go back to time zero, models at their poses of the file but for ``placements``; ``seed`` drives sensor noise.

        There is no reading at time zero: a stream's first one is stamped one period later.
        """
        ...

    def apply(self, command: Command) -> None:
        """Set the command that holds from now on."""
        ...

    def step(self, duration: float) -> list[Reading]:
        """Advance exactly ``duration`` [s] and return every reading stamped in (time, time + duration], in stamp order.

        ``duration`` must be a multiple of ``physics_step`` to within 1e-9 s, else ValueError: never a rounding.

        Raises:
            SimulatorError: the simulation diverged or died.
        """
        ...

    def truth(self) -> Truth:
        """Return the ground truth at this moment."""
        ...

    def render(self, width: int = 640, height: int = 480, view: Pose | None = None) -> NDArray[np.uint8]:
        """Return a picture (height, width, 3) from a pose in the world (x forward), or of the whole world."""
        ...

    def close(self) -> None:
        """Free everything the engine holds."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
