"""Pixels back into a message of the same encoding: only those that have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.pictures import MILLIMETRE, pixels_of

Pixels = NDArray[Any]

_QUALITY = 95
"""Of JPEG, out of 100."""
_MOSAIC: Mapping[str, tuple[int, int, int, int]] = {
    "bayer_rggb8": (0, 1, 1, 2),
    "bayer_bggr8": (2, 1, 1, 0),
    "bayer_gbrg8": (1, 2, 0, 1),
    "bayer_grbg8": (1, 0, 2, 1),
}
"""The channel (red, green, blue) that each pixel of a square of four keeps, row by row."""
_EXACT = "rgb8", "bgr8", "8UC3", "rgba8", "bgra8", "8UC4"
"""What is read out of these and written again has the same bytes, without a look at what has changed."""
_FLIPPED = "bgr8", "8UC3", "bgra8", "8UC4"


def paint_colours(message: Any, before: Pixels, after: Pixels) -> None:
    """Write red, green, blue (height, width, 3) into a ``sensor_msgs/Image`` or ``CompressedImage``.

    Args:
        message: it keeps its encoding, its padding, and the bytes of each pixel that is the same ``before`` and after.
        before: what was read out of it.
        after: what is to be seen in it.

    Raises:
        MalformedError: its pictures cannot be written.
    """
    if not hasattr(message, "encoding"):
        message.data = _compressed(message.format, after)
        return
    pixels = pixels_of(message)
    encoded = _encoder(message.encoding)(after, pixels)
    if message.encoding in _EXACT:
        _put(message, encoded)
        return
    changed = np.any(before != after, axis=-1)
    if message.encoding.startswith("yuv422"):
        # Two pixels side by side share their colour.
        pairs = changed[:, : changed.shape[1] // 2 * 2].reshape(changed.shape[0], -1, 2).any(axis=-1)
        changed = np.repeat(pairs, 2, axis=1)
    mask = changed if pixels.ndim == 2 else changed[..., np.newaxis]
    _put(message, np.where(mask, encoded, pixels))


def paint_depths(message: Any, before: Pixels, after: Pixels) -> None:
    """Write depths [m] (height, width) into a ``sensor_msgs/Image``; in millimetres, what is no depth is 0."""
    pixels = pixels_of(message)
    changed = before.view(np.uint32) != np.ascontiguousarray(after, np.float32).view(np.uint32)
    if pixels.dtype.kind == "f":
        _put(message, np.where(changed, after, pixels))
        return
    known = np.isfinite(after)
    whole = np.rint(np.where(known, after, 0.0).astype(np.float64) / MILLIMETRE)
    _put(message, np.where(changed, np.clip(whole, 0, 65535).astype(pixels.dtype), pixels))


def _encoder(encoding: str) -> Callable[[Pixels, Pixels], Pixels]:
    """Return what makes an encoding's pixels out of colours; it is given the old pixels for what is no colour."""
    match encoding:
        case "rgb8":
            return lambda colours, old: colours
        case "bgr8" | "8UC3":
            return lambda colours, old: cv2.cvtColor(colours, cv2.COLOR_RGB2BGR)
        case "rgba8" | "bgra8" | "8UC4":
            order = -1 if encoding in _FLIPPED else 1
            return lambda colours, old: np.concatenate([colours[..., ::order], old[..., 3:]], axis=-1)
        case "mono8" | "8UC1":
            return lambda colours, old: cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)
        case "yuv422_yuy2":
            return lambda colours, old: cv2.cvtColor(colours, cv2.COLOR_RGB2YUV_YUY2)
        case "yuv422":
            return lambda colours, old: cv2.cvtColor(colours, cv2.COLOR_RGB2YUV_UYVY)
        case _ if encoding in _MOSAIC:
            return lambda colours, old: _mosaic(colours, _MOSAIC[encoding])
    raise MalformedError(f"pictures in the encoding '{encoding}' cannot be written")


def _mosaic(colours: Pixels, channels: tuple[int, int, int, int]) -> Pixels:
    mosaic = np.empty(colours.shape[:2], np.uint8)
    for place, channel in enumerate(channels):
        row, column = divmod(place, 2)
        mosaic[row::2, column::2] = colours[row::2, column::2, channel]
    return mosaic


def _put(message: Any, pixels: Pixels) -> None:
    """Write pixels where they lie in a message; what stands between its rows stays."""
    dtype = pixels.dtype.newbyteorder(">" if message.is_bigendian else "<")
    height, step = int(message.height), int(message.step)
    rows = np.ascontiguousarray(pixels.astype(dtype, copy=False)).reshape(height, -1).view(np.uint8)
    if rows.size == len(message.data):
        message.data = rows.tobytes()
        return
    data = np.frombuffer(message.data, np.uint8).copy()
    for row in range(height):
        data[row * step : row * step + rows.shape[1]] = rows[row]
    message.data = data.tobytes()


def _compressed(form: str, colours: Pixels) -> bytes:
    """Return a picture compressed as the message says that its pictures are."""
    suffix = ".png" if "png" in form.lower() else ".jpg"
    options = [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    done, data = cv2.imencode(suffix, cv2.cvtColor(colours, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise MalformedError(f"a picture cannot be compressed as '{form}'")
    return data.tobytes()
