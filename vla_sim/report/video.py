"""A trial as a film: the robot from behind, the agent's camera in the corner, the words and the faults below."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.envs.view import robot_view

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

WIDTH, HEIGHT = 640, 480
MAX_RATE = 5.0
"""Frames per second of a film: a frame with shadows costs more than a control step."""
_STRIP = 48
"""Height of the strip below the view, for words and progress."""
_BAND = 26
"""Height of the darkened band for faults."""
_INSET = 176
_MARGIN = 10
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE, _RED = (245, 245, 245), (255, 110, 100)


class Film:
    """Writes H.264 in MP4 that plays at the speed of simulated time, at most ``MAX_RATE`` frames a second.

    Args:
        path: the file to write; it appears when the film is closed.
        control_rate: control steps per second.
    """

    def __init__(self, path: Path, control_rate: float):
        self._stride = math.ceil(control_rate / MAX_RATE)
        self._steps = 0
        rate = control_rate / self._stride
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._scratch = path.with_name(f"{path.name}.tmp")
        self._container = av.open(str(self._scratch), "w", format="mp4")
        self._stream = self._container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        self._stream.width, self._stream.height = WIDTH, HEIGHT + _STRIP
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {"crf": "24", "preset": "veryfast"}

    def watch(self, env: VlaSimEnv, observation: Mapping[str, Any], info: Mapping[str, Any]) -> None:
        """Add a frame if it is time for one, or the trial has ended."""
        due = self._steps % self._stride == 0 or info["success"] or info["reason"]
        self._steps += 1
        if not due:
            return
        picture = compose(env, observation, info)
        for packet in self._stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
            self._container.mux(packet)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for packet in self._stream.encode():
            self._container.mux(packet)
        self._container.close()
        self._scratch.replace(self._path)


def compose(env: VlaSimEnv, observation: Mapping[str, Any], info: Mapping[str, Any]) -> NDArray[np.uint8]:
    """Return one frame, (HEIGHT + strip, WIDTH, 3): view, inset, words, time and active faults."""
    frame = np.zeros((HEIGHT + _STRIP, WIDTH, 3), np.uint8)
    frame[:HEIGHT] = robot_view(env.engine, env.truth, env.site, (WIDTH, HEIGHT))
    camera = next((observation[name] for name in env.sensor_names if _is_picture(observation[name])), None)
    if camera is not None:
        inset = cv2.resize(camera, (_INSET, _INSET), interpolation=cv2.INTER_NEAREST)
        corner = slice(_MARGIN, _MARGIN + _INSET), slice(WIDTH - _MARGIN - _INSET, WIDTH - _MARGIN)
        frame[corner] = inset
        cv2.rectangle(frame, (corner[1].start - 1, _MARGIN - 1), (corner[1].stop, corner[0].stop), _WHITE, 1)
    _write(frame, str(info["words"]), HEIGHT + 19, _WHITE)
    status = (
        f"{info['time']:.1f} s   progress {info['progress']:.0%}   {'SUCCESS' if info['success'] else info['reason']}"
    )
    _write(frame, status, HEIGHT + 39, _WHITE)
    faults = env.injector.active(info["time"])
    if faults:
        frame[HEIGHT - _BAND : HEIGHT] //= 3
        _write(frame, "fault: " + ", ".join(faults), HEIGHT - 8, _RED)
    return frame


def _write(frame: NDArray[np.uint8], text: str, y: int, colour: tuple[int, int, int]) -> None:
    plain = text.encode("ascii", "replace").decode()  # OpenCV's font has no other letters
    cv2.putText(frame, plain, (_MARGIN, y), _FONT, 0.48, colour, 1, cv2.LINE_AA)


def _is_picture(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3
