"""Cameras: RGB and depth streams of one pose and one pinhole share one render pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.canvas import Canvas
from vla_sim.engines.embedded.streams import Source
from vla_sim.seeding import generator
from vla_sim.sensing.clock import SensorClock
from vla_sim.sensing.noise import FieldNoise
from vla_sim.sensing.reading import Stream


@dataclass(frozen=True, slots=True)
class Picture:
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


class View:
    """A pose and a pinhole that one or more streams look through."""

    def __init__(self, camera: int, first: Source):
        assert first.stream.camera is not None
        self.camera = camera
        self.spec = first.stream.camera
        self.sources = [first]
        self.near, self.far = _range(first)

    def take(self, source: Source) -> bool:
        """Add a stream if it looks through the same pose and pinhole; return whether it does."""
        own, other = self.sources[0].stream, source.stream
        spec = other.camera
        assert spec is not None
        same = (own.model, own.link, own.pose, self.pinhole) == (other.model, other.link, other.pose, pinhole_of(other))
        if same:
            near, far = _range(source)
            self.near, self.far = min(self.near, near), max(self.far, far)
            self.sources.append(source)
        return same

    @property
    def pinhole(self) -> tuple[float, ...]:
        """Size and intrinsics."""
        return pinhole_of(self.sources[0].stream)


def pinhole_of(stream: Stream) -> tuple[float, ...]:
    """Return width, height, fx, fy, cx, cy of a camera stream."""
    spec = stream.camera
    assert spec is not None
    return (spec.width, spec.height, spec.fx, spec.fy, spec.cx, spec.cy)


def _range(source: Source) -> tuple[float, float]:
    spec = source.stream.camera
    assert spec is not None
    if source.stream.modality != "depth":
        return spec.near, spec.far
    return (
        spec.near if spec.depth_near is None else spec.depth_near,
        spec.far if spec.depth_far is None else spec.depth_far,
    )


def views(sources: list[Source], cameras: dict[str, int]) -> list[View]:
    """Group camera streams by what they look through."""
    grouped: list[View] = []
    for source in sources:
        if not any(view.take(source) for view in grouped):
            grouped.append(View(cameras[source.stream.name], source))
    return grouped


class GlEye:
    """Takes pictures with OpenGL."""

    def __init__(self, data: mujoco.MjData, canvas: Canvas):
        self._data = data
        self._canvas = canvas

    def picture(self, view: View, rgb: bool, depth: bool) -> Picture:
        """Take a picture of the world as it stands."""
        size = (view.spec.width, view.spec.height)
        self._canvas.draw(self._data, view.camera, *size, view.near, view.far)
        return Picture(
            self._canvas.read_rgb(*size) if rgb else None,
            self._canvas.read_depth(*size, view.near, view.far) if depth else None,
        )

    def geoms(self, view: View) -> NDArray[np.int32]:
        """Return the geom that each pixel shows, -1 for none."""
        size = (view.spec.width, view.spec.height)
        return self._canvas.read_segmentation(self._data, view.camera, *size, view.near, view.far)


class Shutter:
    """Takes one picture per moment for all the streams of a view that are due."""

    def __init__(self, view: View, eye: Callable[[], Eye], physics_step: float):
        self.view = view
        self._eye = eye
        self._clocks = [(s.stream.modality, SensorClock(s.stream.rate, physics_step)) for s in view.sources]
        self._step = -1
        self._picture = Picture(None, None)

    def reset(self) -> None:
        """Forget the last picture."""
        self._step = -1

    def picture(self, step: int) -> Picture:
        """Return the picture at a physics step."""
        if step != self._step:
            due = {modality for modality, clock in self._clocks if clock.fires(step)}
            self._picture = self._eye().picture(self.view, "rgb" in due, "depth" in due)
            self._step = step
        return self._picture


class Camera:
    """One RGB or depth stream."""

    def __init__(self, source: Source, shutter: Shutter):
        self.stream = source.stream
        self.shutter = shutter
        self._near, self._far = _range(source)
        self._noise: FieldNoise | None = None

    def reset(self, seed: int) -> None:
        """Start the noise anew."""
        self.shutter.reset()
        assert self.stream.camera is not None
        spec = self.stream.camera.noise
        self._noise = None if spec is None else FieldNoise(spec, generator(seed, "sensor", self.stream.name))

    def read(self, step: int) -> NDArray[np.generic]:
        """Return the frame at a physics step."""
        picture = self.shutter.picture(step)
        if self.stream.modality == "rgb":
            assert picture.rgb is not None
            return self._noisy_rgb(picture.rgb)
        assert picture.depth is not None
        depth = picture.depth
        if self._noise is not None:
            depth = self._noise.apply(depth)
        depth = np.where(depth > self._far, np.float32(np.inf), depth)
        return np.where(depth < self._near, np.float32(-np.inf), depth)

    def _noisy_rgb(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._noise is None:
            return rgb
        # SDF's noise is on channels in 0..1.
        noisy = self._noise.apply(rgb.astype(np.float32) / np.float32(255))
        grey: NDArray[np.uint8] = (np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8)
        return grey
