"""Cameras: RGB and depth streams of one pose and one pinhole share one render pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.canvas import Canvas
from vla_sim.engines.embedded.view import View, pinhole_of
from vla_sim.engines.streams import Source
from vla_sim.geometry import Pose
from vla_sim.seeding import generator
from vla_sim.sensing.clock import SensorClock
from vla_sim.sensing.noise import FieldNoise


class Picture(NamedTuple):
    """What a camera sees: ``rgb`` (height, width, 3) and ``depth`` (height, width) [m]; None where not asked for."""

    rgb: NDArray[np.uint8] | None
    depth: NDArray[np.float32] | None


class Eye(Protocol):
    """Something that takes pictures from a camera of the model: OpenGL, or rays."""

    def picture(self, view: View, rgb: bool, depth: bool) -> Picture:
        """Take a picture of the world as it stands."""
        ...

    def geoms(self, view: View) -> NDArray[np.int32]:
        """Return the geom that each pixel shows, -1 for none."""
        ...


class GlEye:
    """Takes pictures with OpenGL."""

    def __init__(self, data: mujoco.MjData, canvas: Canvas):
        self._data = data
        self.canvas = canvas

    def picture(self, view: View, rgb: bool, depth: bool) -> Picture:
        """Take a picture of the world as it stands."""
        size = (view.width, view.height)
        self.canvas.draw(self._data, view)
        return Picture(
            self.canvas.read_rgb(*size) if rgb else None,
            self.canvas.read_depth(*size, view.near, view.drawn_far) if depth else None,
        )

    def geoms(self, view: View) -> NDArray[np.int32]:
        """Return the geom that each pixel shows, -1 for none."""
        return self.canvas.read_geoms(self._data, view)


class Shutter:
    """Takes one picture per moment for all the streams of a view that are due."""

    def __init__(self, cameras: list[Camera], physics_step: float):
        first = cameras[0]
        # Drawn from nearer than the near plane on: what stands there hides what is behind it.
        near, far = min(camera.near for camera in cameras) / 4, max(camera.far for camera in cameras)
        self.view = View(first.camera, pinhole_of(first.spec), near, far)
        self._eye = first.eye
        self._clocks = [(c.stream.modality, SensorClock(c.stream.rate, physics_step)) for c in cameras]
        self._always = {first.stream.modality} if len(cameras) == 1 else None
        self._step = -1
        self._picture = Picture(None, None)

    def picture(self, step: int) -> Picture:
        """Return the picture at a physics step."""
        if step != self._step:
            due = self._always or {modality for modality, clock in self._clocks if clock.fires(step)}
            self._picture = self._eye().picture(self.view, "rgb" in due, "depth" in due)
            self._step = step
        return self._picture


def share_shutters(cameras: list[Camera], jitter: Mapping[str, Pose], physics_step: float) -> None:
    """Give every camera a shutter, one to all that look through the same pinhole from the same (jittered) pose."""
    groups: dict[object, list[Camera]] = {}
    for camera in cameras:
        stream = camera.stream
        pose = stream.pose * jitter[stream.name] if stream.name in jitter else stream.pose
        groups.setdefault((stream.model, stream.link, pose, pinhole_of(camera.spec)), []).append(camera)
    for group in groups.values():
        shutter = Shutter(group, physics_step)
        for camera in group:
            camera.shutter = shutter


class Camera:
    """One RGB or depth stream. ``near`` and ``far`` are the planes beyond which it sees nothing [m]."""

    shutter: Shutter

    def __init__(self, source: Source, camera: int, eye: Callable[[], Eye]):
        self.stream = source.stream
        self.camera = camera
        self.eye = eye
        assert source.stream.camera is not None
        self.spec = spec = source.stream.camera
        self.near, self.far = spec.near, spec.far
        if source.stream.modality == "depth":
            self.near = spec.near if spec.depth_near is None else spec.depth_near
            self.far = spec.far if spec.depth_far is None else spec.depth_far
        self._noise: FieldNoise | None = None

    def reset(self, seed: int) -> None:
        """Start the noise anew."""
        spec = self.spec.noise
        self._noise = None if spec is None else FieldNoise(spec, generator(seed, "sensor", self.stream.name))

    def read(self, step: int) -> NDArray[np.generic]:
        """Return the frame at a physics step."""
        picture = self.shutter.picture(step)
        if self.stream.modality == "rgb":
            assert picture.rgb is not None
            return self._noisy_rgb(picture.rgb)
        assert picture.depth is not None
        depth = picture.depth if self._noise is None else self._noise.apply(picture.depth)
        depth = np.where(depth > self.far, np.float32(np.inf), depth)
        return np.where(depth < self.near, np.float32(-np.inf), depth)

    def _noisy_rgb(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._noise is None:
            return rgb
        # SDF's noise is on channels in 0..1.
        noisy = self._noise.apply(rgb.astype(np.float32) / np.float32(255))
        grey: NDArray[np.uint8] = (np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8)
        return grey
