"""Drawing with OpenGL through MuJoCo's low-level renderer, tuned for small frames on a processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded import gl, shapes
from vla_sim.engines.embedded.context import Context
from vla_sim.engines.embedded.view import View, sides

Quality = Literal["fast", "full"]

_SEEN = int(mujoco.mjtCatBit.mjCAT_ALL)


@dataclass(frozen=True, slots=True)
class _Settings:
    shadow_size: int
    samples: int
    slices: int
    stacks: int


_SETTINGS: dict[str, _Settings] = {"fast": _Settings(0, 0, 16, 8), "full": _Settings(2048, 4, 48, 24)}


class Canvas:
    """An offscreen OpenGL buffer with one model's meshes and textures.

    Raises:
        SimulatorError: OpenGL gives no context.
    """

    def __init__(self, model: mujoco.MjModel, width: int, height: int, quality: Quality = "fast"):
        self.width, self.height = width, height
        settings = _SETTINGS[quality]
        model.vis.global_.offwidth, model.vis.global_.offheight = width, height
        model.vis.quality.shadowsize = settings.shadow_size
        model.vis.quality.offsamples = settings.samples
        model.vis.quality.numslices, model.vis.quality.numstacks = settings.slices, settings.stacks
        self._context = Context(self, model, width, height)
        self._buffers = self._context.buffers
        # Zero at the far plane: floats are finest there, where distances need it.
        self._buffers.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._model, self._planes = model, model.vis.map
        self._groups = model.geom_group
        self._view: View | None = None
        self._scene = mujoco.MjvScene(model, maxgeom=model.ngeom + 16)
        flags = self._scene.flags
        flags[:] = 0
        flags[mujoco.mjtRndFlag.mjRND_SKYBOX] = 1
        flags[mujoco.mjtRndFlag.mjRND_CULL_FACE] = 1
        # A geom without bounds, such as a plane, is never outside.
        self._reach = np.where(model.geom_rbound > 0, model.geom_rbound, np.inf)
        self._shadows = settings.shadow_size > 0
        flags[mujoco.mjtRndFlag.mjRND_SHADOW] = self._shadows
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = shapes.CAMERA_GROUPS
        self._option.sitegroup[:] = 0
        self._option.flags[:] = 0
        self._option.flags[mujoco.mjtVisFlag.mjVIS_TEXTURE] = 1
        self._option.flags[mujoco.mjtVisFlag.mjVIS_STATIC] = 1
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._perturb = mujoco.MjvPerturb()
        self._check()

    def _check(self) -> None:
        """Draw a glowing ball before an empty background and look whether it is there.

        Raises:
            SimulatorError: the buffer stays black or constant, as broken drivers leave it.
        """
        lit = np.array([1.0, 0.3, 0.1, 1.0], dtype=np.float32)
        scene, size = self._scene, min(self.width, self.height, 32)
        scene.ngeom = 1
        ball = scene.geoms[0]
        origin = np.zeros(3)
        mujoco.mjv_initGeom(ball, mujoco.mjtGeom.mjGEOM_SPHERE, np.full(3, 0.5), origin, np.eye(3).ravel(), lit)
        ball.emission = 1.0
        for camera in scene.camera:
            camera.pos, camera.forward, camera.up = (-3.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
            camera.frustum_near, camera.frustum_far = 1.0, 10.0
            camera.frustum_bottom, camera.frustum_top, camera.frustum_width = -0.5, 0.5, 0.5
        mujoco.mjr_render(mujoco.MjrRect(0, 0, size, size), scene, self._buffers)
        rgb, depth = self.read_rgb(size, size), self.read_depth(size, size, 1.0, 10.0)
        scene.ngeom = 0
        centre = (size // 2, size // 2)
        if rgb[centre][0] < 100 or not 2.0 < depth[centre] < 3.0 or np.array_equal(rgb[centre], rgb[0, 0]):
            self.close()
            raise gl.no_picture(f"a test picture came out as {rgb[centre].tolist()} at {depth[centre]:.3g} m")

    def draw(self, data: mujoco.MjData, view: View) -> None:
        """Draw what a view sees into the lower left of the buffer."""
        self._prepare(data, view)
        mujoco.mjr_render(self._viewport, self._scene, self._buffers)

    def _prepare(self, data: mujoco.MjData, view: View) -> None:
        self._context.enter()
        if view is not self._view:
            self._look_through(data, view)
        self._planes.znear, self._planes.zfar = view.near, self._far
        if self._shadows:
            mujoco.mjv_updateScene(self._model, data, self._option, self._perturb, self._camera, _SEEN, self._scene)
            return
        groups = self._groups
        shown = groups.copy()
        np.putmask(groups, self._outside(), shapes.GROUP_ABSENT)
        mujoco.mjv_updateScene(self._model, data, self._option, self._perturb, self._camera, _SEEN, self._scene)
        groups[:] = shown

    def _look_through(self, data: mujoco.MjData, view: View) -> None:
        """Work out what stays the same from frame to frame."""
        self._eye, self._centres = data.cam_xpos[view.camera], data.geom_xpos
        self._turned = data.cam_xmat[view.camera].reshape(3, 3).T
        self._view, self._far, self._sides = view, view.drawn_far, sides(view)
        self._viewport = mujoco.MjrRect(0, 0, view.width, view.height)
        self._camera.fixedcamid = view.camera

    def _outside(self) -> NDArray[np.bool_]:
        """Tell of each geom whether its bounding sphere is beyond a side of the view."""
        distances = self._sides.dot(self._turned).dot((self._centres - self._eye).T)
        out: NDArray[np.bool_] = np.maximum.reduce(distances) > self._reach
        return out

    def read_rgb(self, width: int, height: int) -> NDArray[np.uint8]:
        """Return what was drawn, (height, width, 3), the top row first."""
        frame = np.empty((height, width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(frame, None, mujoco.MjrRect(0, 0, width, height), self._buffers)
        return frame[::-1].copy()

    def read_depth(self, width: int, height: int, near: float, far: float) -> NDArray[np.float32]:
        """Return the distance along the optical axis [m] of what was drawn between these planes, the sky too."""
        raw = np.empty((height, width), dtype=np.float32)
        mujoco.mjr_readPixels(None, raw, mujoco.MjrRect(0, 0, width, height), self._buffers)
        return np.float32(near * far) / (np.float32(near) + raw[::-1] * np.float32(far - near))

    def read_geoms(self, data: mujoco.MjData, view: View) -> NDArray[np.int32]:
        """Draw and return which geom each pixel shows, (height, width), -1 for none."""
        self._prepare(data, view)
        flags = self._scene.flags
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = 1
        mujoco.mjr_render(self._viewport, self._scene, self._buffers)
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = 0
        rgb = self.read_rgb(view.width, view.height).astype(np.int32)
        drawn = rgb[:, :, 0] + (rgb[:, :, 1] << 8) + (rgb[:, :, 2] << 16)
        geoms = np.full(self._scene.ngeom + 1, -1, dtype=np.int32)
        for geom in self._scene.geoms[: self._scene.ngeom]:
            if geom.segid >= 0 and geom.objtype == mujoco.mjtObj.mjOBJ_GEOM:
                geoms[geom.segid + 1] = geom.objid
        found: NDArray[np.int32] = geoms[np.where(drawn < len(geoms), drawn, 0)]
        return found

    def upload_texture(self, texture: int) -> None:
        """Take over a texture of the model that has changed."""
        self._context.enter()
        mujoco.mjr_uploadTexture(self._model, self._buffers, texture)

    def close(self) -> None:
        """Free the buffer and the context."""
        self._context.close()
