"""Changes of look and physics that last until the next reset."""

from __future__ import annotations

from collections.abc import Iterable

import mujoco
import numpy as np

from vla_sim.engines.embedded import friction
from vla_sim.engines.embedded.builder import CAMERA_ROTATION
from vla_sim.engines.embedded.geoms import MAX_FRICTION
from vla_sim.engines.embedded.plan import Built
from vla_sim.engines.engine import Variation
from vla_sim.geometry import Pose

_VARIED = (
    "light_diffuse",
    "light_specular",
    "geom_rgba",
    "geom_friction",
    "geom_priority",
    "cam_pos",
    "cam_quat",
    "tex_data",
)
_WEIGHED = (
    "body_mass",
    "body_inertia",
    "body_subtreemass",
    "body_invweight0",
    "dof_invweight0",
    "dof_M0",
    "actuator_acc0",
    "tendon_invweight0",
)


class Varied:
    """Applies a variation to a built world, and takes it back."""

    def __init__(self, built: Built):
        self._built = built
        self._model = model = built.model
        sky = np.flatnonzero(model.tex_type == mujoco.mjtTexture.mjTEXTURE_SKYBOX)
        self.background = int(sky[0])
        start = int(model.tex_adr[self.background])
        size = int(model.tex_width[self.background] * model.tex_height[self.background] * 3)
        self._sky = model.tex_data[start : start + size]
        self._plain = {name: getattr(model, name).copy() for name in _VARIED if name != "tex_data"}
        self._weights = {name: getattr(model, name).copy() for name in _WEIGHED}
        self._plain_sky = self._sky.copy()
        self._ambient = np.array(model.vis.headlight.ambient), np.array(model.vis.headlight.diffuse)
        self._geoms = {name: np.array(one.geoms, dtype=int) for name, one in built.models.items()}
        self._changed = self._heavier = False
        self.light = 1.0

    def reset(self, variation: Variation | None, cameras: Iterable[tuple[str, int, Pose]]) -> None:
        """Take the last variation back and apply this one; ``cameras`` are streams with their camera and plain pose."""
        if self._changed:
            self._restore()
        if variation is None or variation == Variation():
            return
        self._changed = True
        self._dim(variation.light)
        for name, rgba in variation.colours.items():
            self._model.geom_rgba[self._geoms[name]] = rgba
        self._jitter(variation, cameras)
        for name, factor in variation.friction.items():
            geoms = self._geoms[name]
            self._model.geom_friction[geoms, 0] = np.minimum(self._model.geom_friction[geoms, 0] * factor, MAX_FRICTION)
        if variation.friction:
            friction.rank(self._model)
        if variation.mass:
            self._weigh(variation)

    def _restore(self) -> None:
        for name, values in self._plain.items():
            getattr(self._model, name)[...] = values
        self._sky[:] = self._plain_sky
        self._model.vis.headlight.ambient[:], self._model.vis.headlight.diffuse[:] = self._ambient
        if self._heavier:
            for name, values in self._weights.items():
                getattr(self._model, name)[...] = values
        self._changed = self._heavier = False
        self.light = 1.0

    def _dim(self, factor: float) -> None:
        model, light = self._model, max(0.0, factor)
        self.light = light
        model.light_diffuse *= light
        model.light_specular *= light
        model.vis.headlight.ambient *= light
        model.vis.headlight.diffuse *= light
        # The sky gives no light here, yet a dark room with a bright sky over its walls would be none.
        self._sky[:] = np.clip(self._plain_sky * min(light, 1.0), 0, 255).astype(np.uint8)

    def _jitter(self, variation: Variation, cameras: Iterable[tuple[str, int, Pose]]) -> None:
        plain = {name: (camera, pose) for name, camera, pose in cameras}
        for name, jitter in variation.camera_jitter.items():
            camera, pose = plain[name]
            moved = pose * jitter * Pose(rotation=CAMERA_ROTATION)
            self._model.cam_pos[camera], self._model.cam_quat[camera] = moved.position, moved.rotation

    def _weigh(self, variation: Variation) -> None:
        self._heavier = True
        for name, factor in variation.mass.items():
            bodies = sorted(set(self._built.models[name].bodies.values()))
            self._model.body_mass[bodies] *= factor
            self._model.body_inertia[bodies] *= factor
        stat = self._model.stat
        kept = stat.extent, np.array(stat.center), stat.meaninertia, stat.meanmass, stat.meansize
        mujoco.mj_setConst(self._model, mujoco.MjData(self._model))
        stat.extent, stat.center[:], stat.meaninertia, stat.meanmass, stat.meansize = kept
