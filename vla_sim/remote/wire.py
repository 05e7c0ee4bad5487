"""Mappings with arrays as bytes: msgpack, with arrays as openpi's client packs them. Nothing in it is code."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from vla_sim.errors import NotReadyError

MOST_BYTES = 64 * 1024 * 1024
"""Longest message that is read."""
_PLAIN = "biufSU"
"""Kinds of arrays that go over the wire; objects never do."""


def check_installed() -> None:
    """See that remote policies can be talked to.

    Raises:
        NotReadyError: a package is missing.
    """
    for name in ("msgpack", "websockets"):
        if importlib.util.find_spec(name) is None:
            raise NotReadyError(f"remote policies need the package {name}: pip install 'vla-sim[remote]'")


def packed(message: Any) -> bytes:
    """Return a message as bytes.

    Raises:
        TypeError: it holds something else than numbers, text, lists, mappings and arrays of numbers or text.
    """
    import msgpack

    data: bytes = msgpack.packb(message, default=_pack)
    return data


def unpacked(data: bytes) -> Any:
    """Return the message that bytes hold; its arrays are read-only views of them.

    Raises:
        ValueError: they hold none.
    """
    import msgpack

    try:
        return msgpack.unpackb(data, object_hook=_unpack, strict_map_key=False)
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
        raise ValueError(f"{len(data)} bytes are no message: {error}") from error


def _pack(value: Any) -> Any:
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in _PLAIN:
        raise TypeError(f"a {type(value).__name__} cannot be sent")
    if isinstance(value, np.generic):
        return {b"__npgeneric__": True, b"data": value.item(), b"dtype": value.dtype.str}
    return {b"__ndarray__": True, b"data": value.tobytes(), b"dtype": value.dtype.str, b"shape": value.shape}


def _unpack(value: Any) -> Any:
    if b"__ndarray__" in value:
        return np.ndarray(buffer=value[b"data"], dtype=_dtype(value), shape=tuple(value[b"shape"]))
    if b"__npgeneric__" in value:
        return _dtype(value).type(value[b"data"])
    return value


def _dtype(value: Any) -> np.dtype[Any]:
    dtype: np.dtype[Any] = np.dtype(value[b"dtype"])
    if dtype.kind not in _PLAIN:
        raise ValueError(f"an array of {dtype} is not read")
    return dtype
