"""The joints between a model's root and one of its frames: where the frame is, and how it moves with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.kinematics.arrangement import arrange
from vla_sim.kinematics.transforms import Array, transform_of, turns
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
    _before: Array
    """(n, 4, 4): each joint's frame at position 0, in the frame that the joint before it moves."""
    _axes: Array
    _slides: NDArray[np.bool_]
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
        return cls(
            names=tuple(joint.name for joint in joints),
            lower=np.array([-np.inf if free else axis.lower for axis, free in zip(axes, endless, strict=True)]),
            upper=np.array([np.inf if free else axis.upper for axis, free in zip(axes, endless, strict=True)]),
            speed=np.array([axis.velocity for axis in axes]),
            _before=np.array(before).reshape(-1, 4, 4),
            _axes=np.array([axis.xyz for axis in axes]).reshape(-1, 3),
            _slides=np.array([joint.type == "prismatic" for joint in joints], dtype=bool),
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
        linear = np.where(slides, axes, np.cross(axes, arms))
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
        """Return the joints' frames (..., n, 4, 4), which turn about or slide along their axis, and the tip's."""
        batch = positions.shape[:-1]
        frames = np.empty((*batch, len(self), 4, 4))
        reached: Array = np.broadcast_to(np.eye(4), (*batch, 4, 4))
        for k in range(len(self)):
            here = reached @ self._before[k]
            frames[..., k, :, :] = here
            reached = here @ self._motion(k, positions[..., k])
        return frames, reached @ self._tip

    def _motion(self, k: int, position: Array) -> Array:
        moved = np.zeros((*position.shape, 4, 4))
        moved[..., 3, 3] = 1.0
        if self._slides[k]:
            moved[..., :3, :3] = np.eye(3)
            moved[..., :3, 3] = position[..., None] * self._axes[k]
        else:
            moved[..., :3, :3] = turns(self._axes[k], position)
        return moved


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
