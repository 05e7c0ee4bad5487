"""What a robot would touch in a configuration: worked out in a MuJoCo model of its own, whatever the engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import mujoco
import numpy as np

from vla_sim.engines.embedded.builder import build
from vla_sim.engines.embedded.placement import Placement
from vla_sim.engines.engine import Truth
from vla_sim.geometry import Pose
from vla_sim.kinematics import Chain
from vla_sim.kinematics.transforms import Array
from vla_sim.sdf.scene import Model, World

_STEP = 0.005
"""A physics step that is never taken [s]."""
_TOUCH = 0.01
"""Parts of the robot that are so near [m] to something in the file's pose are made to be."""


class CollisionScene:
    """A world of collision shapes in which a robot is put into configurations and looked at.

    What of the robot touches itself or anything else in the file's own pose, such as its base the table, is allowed to.

    Args:
        world: the world, with the robot in it.
        robot: name of the robot's model.
        chain: the robot's joints that are planned for; its end carries what is held.
    """

    def __init__(self, world: World, robot: str, chain: Chain):
        self._robot = robot
        bare = replace(world, models=tuple(_bare(model, own=model.name == robot) for model in world.models), lights=())
        self._built = build(bare, [], _STEP)
        self._model = self._built.model
        self._data = mujoco.MjData(self._model)
        self._placement = Placement(self._built, self._data)
        self._addresses = self._qpos_of(robot, chain.names)
        self._last = int(self._model.jnt_bodyid[self._built.models[robot].joints[chain.names[-1]]])
        self._held: tuple[int, Pose] | None = None
        self._allowed: frozenset[tuple[int, int]] = frozenset()
        self._tolerated = self._allowed
        self._masks()
        self._put(self._data.qpos[self._addresses].copy(), _TOUCH)
        self._allowed = self._tolerated = frozenset((int(a), int(b)) for a, b in self._data.contact.geom)

    def arrange(
        self,
        truth: Truth,
        ignoring: Collection[str] = (),
        held: str | None = None,
        joints: Mapping[str, float] | None = None,
    ) -> None:
        """Put everything where it is now.

        Args:
            truth: the state of the world.
            ignoring: models that may be touched.
            held: a model that moves with the chain's end from where it is now; the robot may touch it.
            joints: where joints of the robot are that are not the chain's, instead of where they are now.
        """
        present = truth.models
        self._placement.reset({name: present[name].pose if name in present else None for name in self._built.models})
        for name, state in present.items():
            told = (joints or {}) if name == self._robot else {}
            for joint, value in {**state.joints, **told}.items():
                address = self._model.jnt_qposadr[self._built.models[name].joints[joint]]
                self._data.qpos[address] = value
        self._masks()
        absent = [name for name in self._built.models if name not in present]
        for name in (*ignoring, *absent):
            self._let_through(name)
        self._held, self._tolerated = None, self._allowed
        if held is not None:
            self._hold(held, present[held].pose)

    def tolerate(self, configuration: Array, clearance: float = 0.0) -> None:
        """Let the shapes that are too near each other in a configuration be so until things are arranged anew."""
        self._put(configuration, clearance)
        self._tolerated = self._allowed | self._pairs(clearance)

    def touched(self, configuration: Array, clearance: float = 0.0) -> frozenset[str]:
        """Return the models that the robot, or what it holds, is nearer to than ``clearance`` [m]; itself included."""
        self._put(configuration, clearance)
        names, owner = self._built.names, self._built.geom_model
        mine = {self._built.models[self._robot].index}
        if self._held is not None:
            mine.add(self._held[0])
        found: set[str] = set()
        for first, second in self._pairs(clearance) - self._tolerated:
            pair = {int(owner[first]), int(owner[second])}
            others = pair - mine
            found |= {names[index] for index in (others or pair)}
        return frozenset(found)

    def is_free(self, configuration: Array, clearance: float = 0.0) -> bool:
        """Return whether nothing is nearer than ``clearance`` [m] to the robot and what it holds."""
        self._put(configuration, clearance)
        if self._data.ncon == 0:
            return True
        return not (self._pairs(clearance) - self._tolerated)

    def is_path_free(self, path: Sequence[Array] | Array, clearance: float = 0.0, step: float = 0.04) -> bool:
        """Return whether the straight lines between configurations are free, looked at every ``step`` [rad or m]."""
        for start, end in pairwise(path):
            count = max(1, int(np.ceil(np.abs(end - start).max() / step)))
            if not all(self.is_free(start + (end - start) * k / count, clearance) for k in range(1, count + 1)):
                return False
        return True

    def _put(self, configuration: Array, clearance: float) -> None:
        model, data = self._model, self._data
        data.qpos[self._addresses] = configuration
        mujoco.mj_kinematics(model, data)
        if self._held is not None:
            index, grip = self._held
            pose = self._carrier() * grip
            for root in self._built.models[self._built.names[index]].roots:
                stands = pose * root.pose
                data.qpos[root.qpos : root.qpos + 7] = (*stands.position, *stands.rotation)
            mujoco.mj_kinematics(model, data)
        model.geom_margin[:] = model.body_margin[:] = clearance
        mujoco.mj_collision(model, data)

    def _pairs(self, clearance: float) -> set[tuple[int, int]]:
        """Return the pairs of geoms nearer than ``clearance`` at the last look, of the robot's own those that touch."""
        contacts = self._data.contact
        owner = self._built.geom_model[contacts.geom]
        near = contacts.geom[contacts.dist < np.where(owner[:, 0] == owner[:, 1], 0.0, clearance)]
        return {(int(a), int(b)) for a, b in near}

    def _masks(self) -> None:
        """Let the robot's geoms meet all others and each other, and nothing else anything."""
        model = self._model
        colliding = (model.geom_contype | model.geom_conaffinity) != 0
        model.geom_contype[:] = 0
        model.geom_conaffinity[:] = colliding
        mine = [g for geoms in self._built.models[self._robot].collisions.values() for g in geoms]
        model.geom_contype[mine] = 1
        self._mask_bodies()

    def _mask_bodies(self) -> None:
        """Bring the masks of the bodies, which MuJoCo asks first, in line with their geoms'."""
        model = self._model
        model.body_contype[:] = model.body_conaffinity[:] = 0
        np.bitwise_or.at(model.body_contype, model.geom_bodyid, model.geom_contype)
        np.bitwise_or.at(model.body_conaffinity, model.geom_bodyid, model.geom_conaffinity)

    def _let_through(self, name: str) -> None:
        geoms = self._built.models[name].geoms
        self._model.geom_contype[geoms] = self._model.geom_conaffinity[geoms] = 0
        self._mask_bodies()

    def _carrier(self) -> Pose:
        """Return the pose of the body that the chain's last joint moves."""
        x, y, z = self._data.xpos[self._last].tolist()
        w, i, j, k = self._data.xquat[self._last].tolist()
        return Pose((x, y, z), (w, i, j, k))

    def _hold(self, name: str, pose: Pose) -> None:
        """Let a model's geoms meet the world's, not the robot's: they are a part of it."""
        built = self._built.models[name]
        geoms = [g for found in built.collisions.values() for g in found]
        self._model.geom_contype[geoms] = 2
        self._model.geom_conaffinity[geoms] = 0
        mine = [g for found in self._built.models[self._robot].collisions.values() for g in found]
        rest = np.setdiff1d(np.flatnonzero(self._model.geom_conaffinity), mine)
        self._model.geom_conaffinity[rest] |= 2
        self._mask_bodies()
        mujoco.mj_kinematics(self._model, self._data)
        self._held = (built.index, self._carrier().inverse() * pose)

    def _qpos_of(self, model: str, joints: Sequence[str]) -> list[int]:
        ids: Mapping[str, int] = self._built.models[model].joints
        return [int(self._model.jnt_qposadr[ids[name]]) for name in joints]


def _bare(model: Model, own: bool) -> Model:
    """Return a model without what does not collide; one's ``own`` links are kept from each other too."""
    links = tuple(replace(link, visuals=(), sensors=(), lights=()) for link in model.links)
    return replace(model, links=links, plugins=(), self_collide=own or model.self_collide)
