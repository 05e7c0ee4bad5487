"""Models in the world: put them somewhere, take them out, and say where they are."""

from __future__ import annotations

import mujoco
import numpy as np

from vla_sim.engines.embedded import shapes
from vla_sim.engines.embedded.plan import Built, BuiltModel
from vla_sim.engines.engine import ModelState, Placements
from vla_sim.geometry import Pose, Vector3, rotate

_NOWHERE = Pose((0.0, 0.0, -1000.0))
"""Where absent models hang, without weight."""


class Placement:
    """Moves the models of a built world at a reset, and reads their states."""

    def __init__(self, built: Built, data: mujoco.MjData):
        self._built = built
        self._model, self._data = built.model, data
        self._groups = built.model.geom_group.copy()
        self._contype = built.model.geom_contype.copy()
        self._conaffinity = built.model.geom_conaffinity.copy()
        self._body_contype = built.model.body_contype.copy()
        self._body_conaffinity = built.model.body_conaffinity.copy()
        self._gravcomp = built.model.body_gravcomp.copy()
        self._volumes = built.model.body_bvhadr.copy()
        self._positions, self._speeds = data.qpos, data.qvel
        self._joints = {
            name: [(joint, int(built.model.jnt_qposadr[index])) for joint, index in one.joints.items()]
            for name, one in built.models.items()
        }
        self._free = {
            name: next((root for root in one.roots if root.body == one.canonical and root.qpos >= 0), None)
            for name, one in built.models.items()
        }
        self._centred = {name for name, one in built.models.items() if one.canonical_pose == Pose()}
        self._still: dict[str, ModelState] = {}
        self._moving: list[str] = []

    def reset(self, placements: Placements) -> None:
        """Put every model at its pose of the file, but for ``placements``; None takes it out."""
        model = self._model
        model.geom_group[:] = self._groups
        model.geom_contype[:] = self._contype
        model.geom_conaffinity[:] = self._conaffinity
        model.body_contype[:] = self._body_contype
        model.body_conaffinity[:] = self._body_conaffinity
        model.body_gravcomp[:] = self._gravcomp
        model.body_bvhadr[:] = self._volumes
        self._still.clear()
        self._moving.clear()
        for index, (name, built) in enumerate(self._built.models.items()):
            pose = placements.get(name, built.scene.pose)
            if pose is None:
                self._remove(built)
                self._put(built, _NOWHERE * Pose((10.0 * index, 0.0, 0.0)))
                continue
            self._put(built, pose)
            if built.moves:
                self._moving.append(name)
            else:
                self._still[name] = ModelState(pose)

    def _put(self, built: BuiltModel, pose: Pose) -> None:
        for root in built.roots:
            stands = pose * root.pose
            if root.qpos >= 0:
                self._data.qpos[root.qpos : root.qpos + 7] = (*stands.position, *stands.rotation)
            else:
                self._model.body_pos[root.body] = stands.position
                self._model.body_quat[root.body] = stands.rotation

    def _remove(self, built: BuiltModel) -> None:
        model = self._model
        model.geom_group[built.geoms] = shapes.GROUP_ABSENT
        model.geom_contype[built.geoms] = model.geom_conaffinity[built.geoms] = 0
        bodies = np.unique(model.geom_bodyid[built.geoms])
        bodies = bodies[bodies > 0]
        model.body_contype[bodies] = model.body_conaffinity[bodies] = 0
        # Without a bounding volume, rays look at the geoms alone, whose group tells them off at once.
        model.body_bvhadr[bodies] = -1
        model.body_gravcomp[list(built.bodies.values())] = 1.0
        model.flg_gravcomp = True

    def state(self, name: str) -> ModelState:
        """Return the state of one model."""
        still = self._still.get(name)
        return still if still is not None else self._in_motion(name)

    def states(self) -> dict[str, ModelState]:
        """Return the states of the models that are present."""
        states = self._still.copy()
        for name in self._moving:
            states[name] = self._in_motion(name)
        return states

    def _in_motion(self, name: str) -> ModelState:
        built, angle = self._built.models[name], self._positions.item
        data, body = self._data, built.canonical
        joints = {joint: angle(index) for joint, index in self._joints[name]}
        root = self._free[name]
        if root is not None:
            q = self._positions[root.qpos : root.qpos + 7].tolist()
            pose = Pose((q[0], q[1], q[2]), (q[3], q[4], q[5], q[6]))
            v = self._speeds[root.dof : root.dof + 6].tolist()
            linear: Vector3 = (v[0], v[1], v[2])
            # A free joint's angular velocity is in the body's frame.
            turned = rotate(pose.rotation, (v[3], v[4], v[5]))
        else:
            p, r = data.xpos[body].tolist(), data.xquat[body].tolist()
            pose = Pose((p[0], p[1], p[2]), (r[0], r[1], r[2], r[3]))
            velocity = np.empty(6)
            mujoco.mj_objectVelocity(self._model, data, mujoco.mjtObj.mjOBJ_XBODY, body, velocity, 0)
            w = velocity.tolist()
            turned, linear = (w[0], w[1], w[2]), (w[3], w[4], w[5])
        if name in self._centred:
            return ModelState(pose, linear, turned, joints)
        at = pose * built.canonical_pose.inverse()
        arm = np.subtract(at.position, pose.position)
        x, y, z = (np.asarray(linear) + np.cross(turned, arm)).tolist()
        return ModelState(at, (x, y, z), turned, joints)
