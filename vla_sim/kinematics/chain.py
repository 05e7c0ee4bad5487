"""The joints between a model's root and one of its frames: where the frame is, and how it moves with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.kinematics.arrangement import arrange
from vla_sim.kinematics.transforms import Array, cross, skew, transform_of
from vla_sim.sdf.scene import Joint, Model


@dataclass(frozen=True, eq=False)
class Chain:
    """A serial chain of n joints of one degree of freedom, as the SDF describes it, whatever the engine.

    A configuration is an array (..., n) of joint positions [rad or m]; transforms are (..., 4, 4) in the model's frame.
    Where the root link is free, its pose in the model is that of the file.

    Attributes:
        names: of the joints, from the root on.
        lower: limits [rad or m], infinite where there is none.
        upper: as ``lower``.
        speed: limits [rad/s or m/s].
    """

    names: tuple[str, ...]
    lower: Array
    upper: Array
    speed: Array
    _axes: Array
    _slides: NDArray[np.bool_]
    _parts: Array
    """(3, n, 4, 4): A, B, C of each joint. The frame that it moves is A + B sin q + C (1 - cos q) in that of the joint
    before it, with q its position (Rodrigues' formula), and A + B q where it slides."""
    _tip: Array
    """(4, 4): the chain's end in the frame that the last joint moves."""

    @classmethod
    def to(cls, model: Model, tip: str) -> Chain:
        """Return the chain from a model's root to a link or a named frame.

        Raises:
            InputError: the model has no such link or frame, or a joint on the way has not one degree of freedom.
        """
        link, pose = _find(model, tip)
        before: list[Array] = []
        joints = [joint for joint in _joints_to(model, link) if joint.type != "fixed"]
        last = Pose()
        for joint in joints:
            if joint.type not in ("revolute", "continuous", "prismatic") or joint.axis is None:
                raise InputError(
                    f"the joint '{joint.name}' on the way to '{tip}' is of type {joint.type}; "
                    "a chain takes revolute, continuous and prismatic joints",
                    field=model.name,
                )
            here = model.link(joint.child).pose * joint.pose
            before.append(transform_of(last.inverse() * here))
            last = here
        axes = [joint.axis for joint in joints if joint.axis is not None]
        endless = [joint.type == "continuous" for joint in joints]
        directions = np.array([axis.xyz for axis in axes]).reshape(-1, 3)
        slides = np.array([joint.type == "prismatic" for joint in joints], dtype=bool)
        return cls(
            names=tuple(joint.name for joint in joints),
            lower=np.array([-np.inf if free else axis.lower for axis, free in zip(axes, endless, strict=True)]),
            upper=np.array([np.inf if free else axis.upper for axis, free in zip(axes, endless, strict=True)]),
            speed=np.array([axis.velocity for axis in axes]),
            _axes=directions,
            _slides=slides,
            _parts=_parts(np.array(before).reshape(-1, 4, 4), directions, slides),
            _tip=transform_of(last.inverse() * model.link(link).pose * pose),
        )

    def __len__(self) -> int:
        return len(self.names)

    def configuration(self, joints: Mapping[str, float]) -> Array:
        """Return the positions (n,) of the chain's joints out of all positions by name."""
        return np.array([joints[name] for name in self.names])

    def forward(self, positions: Array | Sequence[float]) -> Array:
        """Return the transform of the tip."""
        return self._frames(np.asarray(positions, dtype=float))[1]

    def jacobian(self, positions: Array | Sequence[float]) -> Array:
        """Return (..., 6, n): velocity of the tip [m/s] and its angular velocity [rad/s] per joint velocity."""
        return self.forward_and_jacobian(positions)[1]

    def forward_and_jacobian(self, positions: Array | Sequence[float]) -> tuple[Array, Array]:
        """Return the transform of the tip and the Jacobian there."""
        frames, tip = self._frames(np.asarray(positions, dtype=float))
        # (..., n, 3): axis and origin of each joint in the model's frame.
        axes = np.einsum("...nij,nj->...ni", frames[..., :3, :3], self._axes)
        arms = tip[..., None, :3, 3] - frames[..., :3, 3]
        slides = self._slides[:, None]
        linear = np.where(slides, axes, cross(axes, arms))
        angular = np.where(slides, 0.0, axes)
        return tip, np.concatenate([linear, angular], axis=-1).swapaxes(-1, -2)

    def clamp(self, positions: Array) -> Array:
        """Return the nearest configuration within the limits."""
        return np.clip(positions, self.lower, self.upper)

    def within_limits(self, positions: Array, margin: float = 0.0) -> NDArray[np.bool_]:
        """Return (...) whether all joints are within their limits, ``margin`` [rad or m] from them."""
        inside = (positions >= self.lower + margin) & (positions <= self.upper - margin)
        return np.asarray(inside.all(axis=-1))

    def _frames(self, positions: Array) -> tuple[Array, Array]:
        """Return the frames (..., n, 4, 4) that the joints move, and the tip's."""
        first, second, third = self._parts
        by = np.where(self._slides, positions, np.sin(positions))[..., None, None]
        steps = first + by * second + (1 - np.cos(positions))[..., None, None] * third
        frames = np.empty_like(steps)
        reached: Array = np.eye(4)
        for k in range(len(self)):
            reached = frames[..., k, :, :] = reached @ steps[..., k, :, :]
        return frames, reached @ self._tip


def _parts(before: Array, axes: Array, slides: NDArray[np.bool_]) -> Array:
    """Return ``Chain._parts`` for the joints' frames (n, 4, 4) at position 0 and their axes (n, 3)."""
    moves = np.zeros((3, len(axes), 4, 4))
    moves[0] = np.eye(4)
    for k, axis in enumerate(axes):
        if slides[k]:
            moves[1, k, :3, 3] = axis
        else:
            moves[1, k, :3, :3] = skew(axis)
            moves[2, k, :3, :3] = skew(axis) @ skew(axis)
    return np.asarray(before @ moves)


def _find(model: Model, name: str) -> tuple[str, Pose]:
    """Return the link that a link's or frame's name stands for, and the frame's pose in it."""
    for frame in model.frames:
        if frame.name == name:
            return frame.link, frame.pose
    if any(link.name == name for link in model.links):
        return name, Pose()
    raise InputError(f"the model '{model.name}' has no link or frame '{name}'", field=model.name)


def _joints_to(model: Model, link: str) -> list[Joint]:
    """Return the joints on the way from the root to a link, from the root on."""
    placed = {one.link.name: one for one in arrange(model).placed}
    joints: list[Joint] = []
    at: str | None = link
    while at in placed:
        one = placed[at]
        if one.joint is not None:
            joints.append(one.joint)
        at = one.parent
    return joints[::-1]
