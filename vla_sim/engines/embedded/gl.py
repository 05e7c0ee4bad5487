"""Which OpenGL library draws, decided once, before mujoco is first imported (it reads ``MUJOCO_GL`` then)."""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from vla_sim.errors import SimulatorError

logger = logging.getLogger("vla_sim")


_NONE = ("disable", "disabled", "off", "false", "0")
_KNOWN = (*_NONE, "enable", "enabled", "on", "true", "1", "glfw", "glx", "egl", "osmesa")


def _load(name: str) -> ctypes.CDLL | None:
    """Load a library under the file names that PyOpenGL tries."""
    for suffix in ("", *(f".{version}" for version in reversed(range(10)))):
        try:
            return ctypes.CDLL(f"lib{name}.so{suffix}")
        except OSError:
            continue
    return None


def _binding_allows(backend: str) -> bool:
    """Tell whether ``PYOPENGL_PLATFORM`` leaves PyOpenGL this library; mujoco raises where it does not."""
    return os.environ.get("PYOPENGL_PLATFORM", "").lower() in ("", backend)


def _egl_works() -> bool:
    """Tell whether EGL knows a device that draws without a screen, and there is an OpenGL to draw with."""
    library = _load("EGL") if _binding_allows("egl") else None
    # PyOpenGL's OpenGL calls are those of a library of their own, which Debian's libegl1 alone does not bring.
    if library is None or not any(map(_load, ("OpenGL", "GL", "GLESv2", "GLESv1_CM"))):
        return False
    try:
        find = library.eglGetProcAddress
    except AttributeError:
        return False
    find.restype = ctypes.c_void_p
    find.argtypes = [ctypes.c_char_p]
    address = find(b"eglQueryDevicesEXT")
    if not address or not find(b"eglGetPlatformDisplayEXT"):
        return False
    query = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int32))(address)
    count = ctypes.c_int32(0)
    return bool(query(0, None, ctypes.byref(count))) and count.value > 0


def _osmesa_works() -> bool:
    return _binding_allows("osmesa") and _load("OSMesa") is not None


def _choose() -> str:
    """Return which library draws, and tell mujoco, which looks when it is first imported."""
    # Mesa draws small frames cheapest in the calling thread, and processes scale better than its threads.
    os.environ.setdefault("LP_NUM_THREADS", "0")
    asked = os.environ.get("MUJOCO_GL", "").strip().lower()
    if not sys.platform.startswith("linux"):
        return asked or "default"
    if asked:
        if asked not in _KNOWN or (asked == "osmesa" and not _osmesa_works()) or (asked == "egl" and not _egl_works()):
            # mujoco would not even be importable.
            os.environ["MUJOCO_GL"] = "disable"
        return asked
    chosen = "egl" if _egl_works() else "osmesa" if _osmesa_works() else "disable"
    os.environ["MUJOCO_GL"] = chosen
    return chosen


BACKEND = _choose()
"""egl, osmesa, glfw, cgl ..., ``default`` (mujoco's own choice) or one of the words for none."""

AVAILABLE = os.environ.get("MUJOCO_GL", "").strip().lower() not in _NONE


def _asks_for_current() -> Callable[[], int | None]:
    """Return what tells the address of the context that is current in this thread; None where it cannot be told."""
    name, function = {"egl": ("EGL", "eglGetCurrentContext"), "osmesa": ("OSMesa", "OSMesaGetCurrentContext")}.get(
        BACKEND, ("", "")
    )
    ask = getattr(_load(name), function, None) if AVAILABLE and name else None
    if ask is None:
        return lambda: None
    ask.restype = ctypes.c_void_p
    tell: Callable[[], int | None] = ask
    return tell


current_context = _asks_for_current()


def make_context(width: int, height: int) -> Any:
    """Return an offscreen OpenGL context; it works even where mujoco was imported before the choice was made.

    Raises:
        SimulatorError: OpenGL gives none.
    """
    try:
        if not AVAILABLE:
            raise ImportError("there is no such library")
        if BACKEND == "egl":
            from mujoco.egl import GLContext
        elif BACKEND == "osmesa":
            from mujoco.osmesa import GLContext
        else:
            from mujoco import GLContext
        context = GLContext(width, height)
        context.make_current()
    except Exception as error:  # each library raises types of its own
        raise no_picture(f"{type(error).__name__}: {error}") from error
    return context


def no_picture(reason: str) -> SimulatorError:
    """Return the error that says why OpenGL gives no picture and what helps."""
    return SimulatorError(
        f"OpenGL ({BACKEND}) gives no picture: {reason}; install libegl1, libgl1 and libgl1-mesa-dri, or libosmesa6, "
        "or choose renderer='rays'"
    )


_said: set[str] = set()


def say_once(line: str) -> None:
    """Log a line the first time it is said in this process."""
    if line not in _said:
        _said.add(line)
        logger.warning(line)
