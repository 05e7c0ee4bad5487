"""Pictures as H.264: frame k of an episode stands at k / fps to the clock tick, and can be read alone.

Encoding is lossy, and its bytes depend on the version of the encoder; with one version they are the same each time, as
one thread encodes. Joining episodes copies packets and encodes nothing again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vla_sim.errors import InputError

_OPTIONS = {
    "crf": "10",
    "preset": "veryfast",
    "g": "2",
    "bf": "0",
    "threads": "1",
    # Looking ahead makes x264's bytes depend on what was in memory before.
    "x264-params": "rc-lookahead=0:sync-lookahead=0:lookahead-threads=1:mbtree=0",
}
"""Every second frame is whole, as LeRobot has it, so that a frame costs two to decode; none refers to a later one."""


class VideoWriter:
    """Encodes pictures, uint8 (height, width, 3), as they come.

    Args:
        path: the file to write.
        fps: frames a second.
        shape: height, width and 3.
    """

    def __init__(self, path: Path, fps: int, shape: Sequence[int]):
        self._container = av.open(str(path), "w", format="mp4")
        self._stream = self._container.add_stream("libx264", rate=fps, options=_OPTIONS)
        self._stream.height, self._stream.width = shape[:2]
        # Colours at half the resolution, which every decoder takes, need even sizes.
        self._stream.pix_fmt = "yuv444p" if shape[0] % 2 or shape[1] % 2 else "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, fps)
        self._count = 0

    def add(self, picture: NDArray[np.uint8]) -> None:
        """Encode one more picture."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts = self._count
        self._count += 1
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what is left."""
        self._container.mux(self._stream.encode())
        self._container.close()


class VideoJoiner:
    """Appends videos of one size and rate to each other in one file, packet by packet."""

    def __init__(self, path: Path, fps: int):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._output = av.open(str(path), "w", format="mp4", options={"movflags": "faststart"})
        self._fps = fps
        self._stream: Any = None
        self.frames = 0

    def append(self, path: Path, length: int) -> None:
        """Append the first frames of a video: what was seen after the last action is no frame of an episode."""
        end = self.frames + length
        with av.open(str(path)) as source:
            stream = source.streams.video[0]
            if self._stream is None:
                self._stream = self._output.add_stream_from_template(stream)
                self._stream.time_base = Fraction(1, self._fps)
            for packet in source.demux(stream):
                if packet.dts is None or self.frames == end:
                    break
                self._put(packet)

    def _put(self, packet: Any) -> None:
        packet.stream = self._stream
        packet.time_base = Fraction(1, self._fps)
        packet.pts = packet.dts = self.frames
        packet.duration = 1
        self.frames += 1
        self._output.mux(packet)

    def close(self) -> None:
        """Write what is left."""
        self._output.close()


def video_info(path: Path) -> dict[str, Any]:
    """Return what LeRobot says of a video in ``info.json``."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return {
            "video.height": stream.height,
            "video.width": stream.width,
            "video.codec": stream.codec_context.codec.canonical_name,
            "video.pix_fmt": stream.pix_fmt,
            "video.is_depth_map": False,
            "video.fps": int(stream.base_rate or stream.average_rate or 0),
            "video.channels": 3,
            "has_audio": False,
        }


class VideoReader:
    """Reads frames of a video by their number.

    Raises:
        InputError: the file is not there, or no video.
    """

    def __init__(self, path: Path, fps: int):
        try:
            self._container = av.open(str(path))
            self._stream = self._container.streams.video[0]
            self._stream.codec_context.thread_count = 1  # more only wait for each other where frames are this small
        except (OSError, av.FFmpegError, IndexError) as error:
            raise InputError(f"no video can be read: {error}", file=path) from error
        self._path, self._fps = path, fps
        self._next = -1
        self._frames: Iterator[Any] = iter(())

    def read(self, number: int) -> NDArray[np.uint8]:
        """Return frame ``number``, (height, width, 3); the one after the last that was read costs least.

        Raises:
            InputError: the video has no such frame.
        """
        if number != self._next:
            assert self._stream.time_base is not None
            self._container.seek(round(Fraction(number, self._fps) / self._stream.time_base), stream=self._stream)
            self._frames = self._container.decode(self._stream)
        for frame in self._frames:
            place = round(frame.pts * frame.time_base * self._fps)
            if place == number:
                self._next = number + 1
                picture: NDArray[np.uint8] = frame.to_ndarray(format="rgb24")
                return picture
            if place > number:
                break
        raise InputError(f"the video has no frame at {number / self._fps:g} s", file=self._path)

    def close(self) -> None:
        """Close the file."""
        self._container.close()
