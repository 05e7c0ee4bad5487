"""Who takes the pictures: OpenGL where it works, else rays; and free views of the world."""

from __future__ import annotations

from typing import Literal

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded import gl
from vla_sim.engines.embedded.camera import Eye, GlEye
from vla_sim.engines.embedded.canvas import Canvas, Quality
from vla_sim.engines.embedded.plan import Built
from vla_sim.engines.embedded.rays import RayEye
from vla_sim.engines.embedded.view import View
from vla_sim.engines.embedded.viewpoint import FIELD_OF_VIEW
from vla_sim.errors import SimulatorError
from vla_sim.geometry import Pose

Renderer = Literal["auto", "gl", "rays"]

_NEAR, _FAR = 0.05, 5000.0


class Pictures:
    """Draws one built world. Buffers are made when they are first needed, as large as they must be."""

    def __init__(
        self, built: Built, data: mujoco.MjData, renderer: Renderer, quality: Quality, size: tuple[int, int], sky: int
    ):
        self._built, self._data = built, data
        self._renderer: Renderer = renderer
        self._quality: Quality = quality
        self._size = size
        self._sky = sky
        self._sensors: GlEye | None = None
        self._free: dict[Quality, Canvas] = {}
        self._rays: RayEye | None = None

    def eye(self) -> Eye:
        """Return what takes the pictures of the cameras.

        Raises:
            SimulatorError: OpenGL was asked for and gives no picture.
        """
        if self._by_rays:
            return self._ray_eye()
        if self._sensors is None:
            try:
                self._sensors = GlEye(self._data, Canvas(self._built.model, *self._size, self._quality))
            except SimulatorError as error:
                self._fall_back(error)
                return self._ray_eye()
        return self._sensors

    def free_view(self, pose: Pose, width: int, height: int, quality: Quality) -> NDArray[np.uint8]:
        """Return a picture (height, width, 3) from a pose (x forward) in the world."""
        camera = self._built.free_camera
        turned = pose * Pose(rotation=(0.5, 0.5, -0.5, -0.5))
        self._data.cam_xpos[camera] = turned.position
        self._data.cam_xmat[camera] = turned.matrix().ravel()
        return self.through(View.upright(camera, width, height, FIELD_OF_VIEW, _NEAR, _FAR), quality)

    def through(self, view: View, quality: Quality) -> NDArray[np.uint8]:
        """Return a picture (height, width, 3) of what a view sees."""
        rgb = self._free_eye(view.width, view.height, quality).picture(view, rgb=True, depth=False).rgb
        assert rgb is not None
        return rgb

    def _free_eye(self, width: int, height: int, quality: Quality) -> Eye:
        if not self._by_rays:
            try:
                return GlEye(self._data, self._canvas(width, height, quality))
            except SimulatorError as error:
                self._fall_back(error)
        return self._ray_eye()

    def refresh_sky(self) -> None:
        """Take over the background, which a variation may have dimmed."""
        for canvas in self._canvases():
            canvas.upload_texture(self._sky)

    def close(self) -> None:
        """Free the buffers."""
        for canvas in self._canvases():
            canvas.close()
        self._sensors = None
        self._free.clear()

    def _canvases(self) -> list[Canvas]:
        return [*([self._sensors.canvas] if self._sensors else []), *self._free.values()]

    @property
    def _by_rays(self) -> bool:
        return self._renderer == "rays"

    def _fall_back(self, error: SimulatorError) -> None:
        if self._renderer == "gl":
            raise error
        gl.say_once(f"{error}; cameras cast rays instead, which is slower and has no shadows")
        self._renderer = "rays"

    def _ray_eye(self) -> RayEye:
        if self._rays is None:
            self._rays = RayEye(self._built, self._data)
        return self._rays

    def _canvas(self, width: int, height: int, quality: Quality) -> Canvas:
        canvas = self._free.get(quality)
        if canvas is None or canvas.width < width or canvas.height < height:
            if canvas is not None:
                canvas.close()
            self._free[quality] = canvas = Canvas(self._built.model, width, height, quality)
        return canvas
