"""OpenGL: one context for all that a thread draws, and buffers in it, freed only where that disturbs no picture.

To change from one context to another costs a twentieth of a step with small pictures, so that worlds which take turns
in one process share one. Freeing a context takes the current one away from its thread, and freeing a model's buffers
deletes them in whichever context is current. Python may collect a dropped engine at any moment, also while another one
draws. So all buffers are held here until they are closed; those of collected owners are closed before the next ones
are made or drawn with.
"""

from __future__ import annotations

import atexit
import gc
import threading
import weakref
from collections import deque
from typing import Any

import mujoco

from vla_sim.engines.embedded import gl

UNKNOWN = -1
"""Handle of a context whose library does not tell which one is current."""

CROWD = 32
"""From so many open contexts on, dropped engines are looked for before another one is made."""


class _Shared:
    """A thread's OpenGL context, for as long as anybody draws with it."""

    def __init__(self, width: int, height: int):
        self._gl: Any = gl.make_context(width, height)
        self._handle = gl.current_context() or UNKNOWN
        self.bound: Context | None = None
        """Whose buffer it draws into."""
        self.users: set[Context] = set()

    def enter(self) -> None:
        """Make this the current context, whatever else in this process has drawn since."""
        if gl.current_context() != self._handle:
            self._gl.make_current()
            self.bound = None

    def free(self) -> None:
        """Free the context."""
        self._gl.free()


class Context:
    """An offscreen buffer and a model's meshes and textures in OpenGL; closed once ``owner`` is collected.

    Raises:
        SimulatorError: OpenGL gives no context or no offscreen buffer.
    """

    def __init__(self, owner: object, model: mujoco.MjModel, width: int, height: int):
        _sweep()
        if len(_open) >= CROWD:
            gc.collect()
            _sweep()
        self._shared = shared = _of_this_thread(width, height)
        shared.users.add(self)
        shared.bound = None
        try:
            self.buffers = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        except mujoco.FatalError as error:
            self._leave()
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
        """Make this the buffer that is drawn into."""
        _sweep()
        shared = self._shared
        shared.enter()
        if shared.bound is not self:
            mujoco.mjr_restoreBuffer(self.buffers)
            shared.bound = self

    def close(self) -> None:
        """Free the buffers, and the context with the last ones; calling it again does nothing."""
        if self not in _open:
            return
        _open.discard(self)
        self._shared.enter()
        self._shared.bound = None
        self.buffers.free()
        self._leave()

    def _leave(self) -> None:
        shared = self._shared
        shared.users.discard(self)
        if not shared.users:
            if getattr(_thread, "shared", None) is shared:
                del _thread.shared
            shared.free()


_thread = threading.local()
_open: set[Context] = set()
_dropped: deque[Context] = deque()


def _of_this_thread(width: int, height: int) -> _Shared:
    """Return this thread's context, current; one that is not used any more may be another thread's to free."""
    shared: _Shared | None = getattr(_thread, "shared", None)
    if shared is None or not shared.users:
        shared = _thread.shared = _Shared(width, height)
    shared.enter()
    return shared


def _sweep() -> None:
    while _dropped:
        _dropped.popleft().close()


def _close_all() -> None:
    for context in list(_open):
        context.close()
