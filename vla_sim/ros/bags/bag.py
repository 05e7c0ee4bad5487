"""Recorded bags: rosbag2 in sqlite3 or MCAP, a folder or a bare file, and ROS 1's ``.bag``."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from vla_sim.errors import InputError, NotReadyError

if TYPE_CHECKING:
    from rosbags.highlevel import AnyReader

_SUFFIXES = ".mcap", ".db3", ".bag"
_CHUNK = 1 << 20


class Logged(NamedTuple):
    """A message as it was logged, at a time [ns]."""

    topic: str
    time: int
    message: Any


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a bag: the type of its messages, such as ``sensor_msgs/msg/Image``, and how many there are."""

    type: str
    count: int


class Bag:
    """An open bag. Messages come in the order in which they were logged."""

    def __init__(self, path: Path, reader: AnyReader):
        self.path, self._reader = path, reader
        self.topics: Mapping[str, Topic] = {
            name: Topic(str(info.msgtype), info.msgcount) for name, info in sorted(reader.topics.items())
        }
        if not reader.message_count:
            raise InputError("the bag holds no messages", file=path)
        self.start: int = reader.start_time
        self.duration: int = reader.duration

    def messages(self, topics: Collection[str]) -> Iterator[Logged]:
        """Yield the messages of some topics.

        Raises:
            InputError: the bag is damaged.
        """
        wanted = [connection for connection in self._reader.connections if connection.topic in topics]
        if not wanted:
            return
        with _readable(self.path):
            for connection, time, data in self._reader.messages(wanted):
                yield Logged(connection.topic, time, self._reader.deserialize(data, connection.msgtype))

    def first(self, topic: str) -> Any:
        """Return a topic's first message, or None."""
        return next((logged.message for logged in self.messages([topic])), None)


@contextmanager
def open_bag(path: Path) -> Iterator[Bag]:
    """Open a bag.

    Raises:
        NotReadyError: the library that reads bags is not installed.
        InputError: there is no bag, or it cannot be read.
    """
    if importlib.util.find_spec("rosbags") is None:
        raise NotReadyError("bags are read with the package rosbags; run: pip install 'vla-sim[ros]'")
    from rosbags.highlevel import AnyReader
    from rosbags.typesys import Stores, get_typestore

    if not path.exists():
        raise InputError("there is no such bag", file=path)
    if path.is_dir() and not (path / "metadata.yaml").is_file():
        raise InputError("the folder has no metadata.yaml, so it is no bag of rosbag2; name its .mcap file", file=path)
    if path.is_file() and path.suffix not in _SUFFIXES:
        raise InputError(f"is no bag: name a folder of rosbag2, or a file {', '.join(_SUFFIXES)}", file=path)
    with _readable(path):
        reader = AnyReader([path], default_typestore=get_typestore(Stores.ROS2_JAZZY))
        reader.open()
    try:
        yield Bag(path, reader)
    finally:
        reader.close()


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a bag's files."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say in one line what is wrong with a bag."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        # What a damaged file makes its readers raise is of every kind: struct, sqlite3, zstd, yaml, their own.
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise InputError(
            f"cannot be read; if it was cut short, 'mcap recover' or 'ros2 bag reindex' may mend it ({reason})",
            file=path,
        ) from error
