"""Pictures of any camera as the pictures of the camera that an agent knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.ros.malformed import MalformedError
from vla_sim.sdf.scene import CameraSpec

Picture = NDArray[Any]

MILLIMETRE = 0.001
"""Unit of depth in ``16UC1`` [m], as REP-118 has it; 0 is no measurement."""
_LARGEST = 16_384
"""Most pixels across what the agent's camera sees, in those of another one."""
_PLAIN_MODELS = ("plumb_bob", "rational_polynomial", "")


class _Encoding(NamedTuple):
    """How the pixels of an encoding lie in memory, and how they become red, green, blue."""

    dtype: str
    channels: int
    conversion: int | None = None


_COLOUR: Mapping[str, _Encoding] = {
    "rgb8": _Encoding("u1", 3),
    "8UC3": _Encoding("u1", 3, cv2.COLOR_BGR2RGB),
    "bgr8": _Encoding("u1", 3, cv2.COLOR_BGR2RGB),
    "rgba8": _Encoding("u1", 4, cv2.COLOR_RGBA2RGB),
    "bgra8": _Encoding("u1", 4, cv2.COLOR_BGRA2RGB),
    "8UC4": _Encoding("u1", 4, cv2.COLOR_BGRA2RGB),
    "mono8": _Encoding("u1", 1, cv2.COLOR_GRAY2RGB),
    "8UC1": _Encoding("u1", 1, cv2.COLOR_GRAY2RGB),
    "yuv422_yuy2": _Encoding("u1", 2, cv2.COLOR_YUV2RGB_YUY2),
    "yuv422": _Encoding("u1", 2, cv2.COLOR_YUV2RGB_UYVY),
    # OpenCV names a pattern after its second row, ROS after its first.
    "bayer_rggb8": _Encoding("u1", 1, cv2.COLOR_BayerBG2RGB),
    "bayer_bggr8": _Encoding("u1", 1, cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg8": _Encoding("u1", 1, cv2.COLOR_BayerGR2RGB),
    "bayer_grbg8": _Encoding("u1", 1, cv2.COLOR_BayerGB2RGB),
}
_DEPTH: Mapping[str, _Encoding] = {
    "32FC1": _Encoding("f4", 1),
    "16UC1": _Encoding("u2", 1),
    "mono16": _Encoding("u2", 1),
}


def pixels_of(message: Any) -> Picture:
    """Return the pixels of a ``sensor_msgs/Image`` as they are, (height, width) or (height, width, channels).

    Raises:
        MalformedError: the encoding is not known, or the data are not as long as the message says.
    """
    encoding = _COLOUR.get(message.encoding) or _DEPTH.get(message.encoding)
    if encoding is None:
        raise MalformedError(
            f"the encoding '{message.encoding}' is not supported; use one of {', '.join((*_COLOUR, *_DEPTH))}"
        )
    height, width, step = int(message.height), int(message.width), int(message.step)
    dtype = np.dtype(encoding.dtype).newbyteorder(">" if message.is_bigendian else "<")
    row = width * encoding.channels * dtype.itemsize
    data = np.frombuffer(message.data, np.uint8)
    if not (height and width and step >= row and data.size >= step * (height - 1) + row):
        raise MalformedError(f"{data.size} bytes are no picture of {width}x{height} ({message.encoding}, step {step})")
    if data.size < step * height:
        data = np.pad(data, (0, step * height - data.size))
    rows = data[: step * height].reshape(height, step)[:, :row]
    pixels: Picture = np.ascontiguousarray(rows).view(dtype).reshape(height, width, encoding.channels)
    pixels = pixels.astype(dtype.newbyteorder("="), copy=False)
    return pixels[..., 0] if encoding.channels == 1 else pixels


def colours_of(message: Any) -> Picture:
    """Return a ``sensor_msgs/Image`` or ``CompressedImage`` as red, green, blue (height, width, 3).

    Raises:
        MalformedError: it holds no such picture.
    """
    if not hasattr(message, "encoding"):
        decoded = cv2.imdecode(np.frombuffer(message.data, np.uint8), cv2.IMREAD_COLOR) if len(message.data) else None
        if decoded is None:
            raise MalformedError(f"{len(message.data)} bytes are no compressed picture ('{message.format}')")
        return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    if message.encoding not in _COLOUR:
        raise MalformedError(f"'{message.encoding}' is no encoding of colours; use one of {', '.join(_COLOUR)}")
    pixels = pixels_of(message)
    conversion = _COLOUR[message.encoding].conversion
    return pixels if conversion is None else cv2.cvtColor(pixels, conversion)


def depths_of(message: Any) -> NDArray[np.float32]:
    """Return a ``sensor_msgs/Image`` of depths [m] (height, width), in REP-118's terms.

    Raises:
        MalformedError: it holds no such picture.
    """
    if getattr(message, "encoding", None) not in _DEPTH:
        raise MalformedError(
            f"'{getattr(message, 'encoding', 'compressed')}' is no encoding of depths; use one of {', '.join(_DEPTH)}"
        )
    pixels = pixels_of(message)
    if pixels.dtype.kind == "f":
        return pixels.astype(np.float32, copy=False)
    return np.where(pixels == 0, np.float32(np.nan), pixels * np.float32(MILLIMETRE)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Pinhole:
    """How a camera looks: pixels of width and height, focal lengths and centre [pixels], distortion."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = ()

    @classmethod
    def of(cls, info: Any) -> Pinhole | None:
        """Read a ``sensor_msgs/CameraInfo``; None of a camera that was not calibrated.

        Raises:
            MalformedError: the numbers describe no camera, or its lens is of another kind.
        """
        fx, _, cx, _, fy, cy, *_ = map(float, info.k)
        if fx == 0.0:
            return None
        if not (fx > 0.0 and fy > 0.0 and info.width and info.height):
            raise MalformedError(f"a CameraInfo of {info.width}x{info.height} with focal lengths {fx:g}, {fy:g}")
        if info.distortion_model not in _PLAIN_MODELS:
            raise MalformedError(
                f"the lens model '{info.distortion_model}' is not supported; rectify the pictures first"
            )
        distortion = tuple(map(float, info.d))
        return cls(int(info.width), int(info.height), fx, fy, cx, cy, distortion if any(distortion) else ())

    @classmethod
    def guessed(cls, width: int, height: int, camera: CameraSpec) -> Pinhole:
        """Return what a picture looks like if its camera sees as much as the other one, in one direction at least."""
        focal = min(camera.fx * width / camera.width, camera.fy * height / camera.height)
        return cls(width, height, focal, focal, width / 2, height / 2)


class Lens:
    """Turns pictures of one camera into those of another at the same place: cut out, padded with black, resized.

    A picture that fits already is the same object. Colours are averaged, depths are taken as they are.
    """

    def __init__(self, source: Pinhole, camera: CameraSpec):
        self.source, self._camera = source, camera
        self._same = (source.width, source.height, *_rounded(source.fx, source.fy, source.cx, source.cy)) == (
            camera.width,
            camera.height,
            *_rounded(camera.fx, camera.fy, camera.cx, camera.cy),
        ) and not source.distortion
        self._left, self._right = _span(source.fx, source.cx, camera.fx, camera.cx, camera.width)
        self._top, self._bottom = _span(source.fy, source.cy, camera.fy, camera.cy, camera.height)
        if max(self._right - self._left, self._bottom - self._top) > _LARGEST:
            raise MalformedError(
                f"a camera of {source.width}x{source.height} pixels with focal lengths {source.fx:g}, {source.fy:g} "
                "sees next to nothing of what the agent's does"
            )
        self._maps = self._undistortion() if source.distortion else None

    def through(self, picture: Picture, lost: float = 0.0) -> Picture:
        """Return what the other camera would have seen; ``lost`` stands where this one did not look.

        Raises:
            MalformedError: the picture is not of the size that its camera states.
        """
        if picture.shape[:2] != (self.source.height, self.source.width):
            raise MalformedError(
                f"a picture of {picture.shape[1]}x{picture.shape[0]} pixels of a camera that has "
                f"{self.source.width}x{self.source.height}"
            )
        if self._same:
            return picture
        depth = picture.ndim == 2
        if self._maps is not None:
            how = cv2.INTER_NEAREST if depth else cv2.INTER_LINEAR
            picture = cv2.remap(
                picture, *self._maps, how, borderMode=cv2.BORDER_CONSTANT, borderValue=_of(lost, picture)
            )
        cut = self._cut(picture, lost)
        size = self._camera.width, self._camera.height
        shrinks = cut.shape[1] >= size[0] and cut.shape[0] >= size[1]
        how = cv2.INTER_NEAREST if depth else cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return cv2.resize(cut, size, interpolation=how)

    def _cut(self, picture: Picture, lost: float) -> Picture:
        """Return the part of a picture that the other camera sees."""
        height, width = picture.shape[:2]
        inner = picture[max(self._top, 0) : max(self._bottom, 0), max(self._left, 0) : max(self._right, 0)]
        margins = (
            max(-self._top, 0),
            max(self._bottom - height, 0),
            max(-self._left, 0),
            max(self._right - width, 0),
        )
        if not inner.size:
            return np.full(
                (self._bottom - self._top, self._right - self._left, *picture.shape[2:]), lost, picture.dtype
            )
        if not any(margins):
            return np.ascontiguousarray(inner)
        return cv2.copyMakeBorder(inner, *margins, cv2.BORDER_CONSTANT, value=_of(lost, picture))

    def _undistortion(self) -> tuple[Picture, Picture]:
        source = self.source
        matrix = np.array([[source.fx, 0.0, source.cx], [0.0, source.fy, source.cy], [0.0, 0.0, 1.0]])
        size = source.width, source.height
        return cv2.initUndistortRectifyMap(matrix, np.array(source.distortion), None, matrix, size, cv2.CV_32FC1)


def _span(focal: float, centre: float, other_focal: float, other_centre: float, length: int) -> tuple[int, int]:
    """Return between which pixels of one camera the pixels 0 .. length of another lie, edges included."""
    scale = focal / other_focal
    first = centre - scale * other_centre
    start = round(first)
    return start, max(start + 1, round(first + scale * length))


def _rounded(*numbers: float) -> tuple[float, ...]:
    return tuple(round(number, 3) for number in numbers)


def _of(value: float, picture: Picture) -> Any:
    """Return a value for each channel of a picture."""
    return [value] * 4 if picture.ndim == 3 else value
