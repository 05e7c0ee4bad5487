"""OpenGL contexts, which are freed only where that disturbs no picture.

Freeing a context takes the current one away from its thread, and freeing a model's buffers deletes them in whichever
context is current. Python may collect a dropped engine at any moment, also while another one draws. So every context
is held here until it is closed; those of collected owners are closed before the next one is made or drawn with.
"""

from __future__ import annotations

import atexit
import gc
import weakref
from collections import deque
from typing import Any

import mujoco

from vla_sim.engines.embedded import gl

UNKNOWN = -1
"""Handle of a context whose library does not tell which one is current."""

CROWD = 32
"""From so many open contexts on, dropped engines are looked for before another one is made."""


class Context:
    """An OpenGL context with an offscreen buffer and a model's meshes and textures; closed once ``owner`` is collected.

    Raises:
        SimulatorError: OpenGL gives no context or no offscreen buffer.
    """

    def __init__(self, owner: object, model: mujoco.MjModel, width: int, height: int):
        _sweep()
        if len(_open) >= CROWD:
            gc.collect()
            _sweep()
        self._gl: Any = gl.make_context(width, height)
        self._handle = gl.current_context() or UNKNOWN
        try:
            self.buffers = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        except mujoco.FatalError as error:
            self._gl.free()
            raise gl.no_picture(str(error)) from error
        # After EGL's own hook, so that it runs before: contexts must go before their display.
        atexit.unregister(_close_all)
        atexit.register(_close_all)
        _open.add(self)
        weakref.finalize(owner, _dropped.append, self).atexit = False
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self.buffers)
        if self.buffers.currentBuffer != mujoco.mjtFramebuffer.mjFB_OFFSCREEN:
            self.close()
            raise gl.no_picture("it has no offscreen buffer")

    def enter(self) -> None:
        """Make this the context that draws, whatever else in this process has drawn since."""
        _sweep()
        if gl.current_context() != self._handle:
            self._gl.make_current()

    def close(self) -> None:
        """Free the buffers and the context; calling it again does nothing."""
        if self not in _open:
            return
        _open.discard(self)
        self._gl.make_current()
        self.buffers.free()
        self._gl.free()


_open: set[Context] = set()
_dropped: deque[Context] = deque()


def _sweep() -> None:
    while _dropped:
        _dropped.popleft().close()


def _close_all() -> None:
    for context in list(_open):
        context.close()
