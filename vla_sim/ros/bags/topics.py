"""Which topics of a bag are the sensors that an agent knows, its words and its robot's commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vla_sim.bench.schema import nearest
from vla_sim.errors import InputError
from vla_sim.report.mcap import HEARD, sensor_topics
from vla_sim.ros.bags.bag import Bag, Topic
from vla_sim.ros.topics import COMMAND as COMMAND_TOPIC
from vla_sim.ros.topics import WORDS as WORDS_TOPIC
from vla_sim.ros.topics import info_topic, topics_of
from vla_sim.sensing.reading import Modality, Stream

WORDS, COMMAND = "words", "command"
"""What ``--topic`` calls the words and the commands; every other name is a sensor's."""

_PICTURES = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
_TYPES: Mapping[Modality, tuple[str, ...]] = {
    "rgb": _PICTURES,
    "depth": _PICTURES[:1],
    "lidar": ("sensor_msgs/msg/LaserScan",),
    "imu": ("sensor_msgs/msg/Imu",),
    "odometry": ("nav_msgs/msg/Odometry",),
    "joints": ("sensor_msgs/msg/JointState",),
    "contact": ("std_msgs/msg/Bool",),
    "force": ("std_msgs/msg/Float64",),
    "wrench": ("geometry_msgs/msg/WrenchStamped",),
}
_COMMANDS = "geometry_msgs/msg/TwistStamped", "geometry_msgs/msg/Twist"
_TEXT = ("std_msgs/msg/String",)
_INFO = "sensor_msgs/msg/CameraInfo"
_DEPTHS = frozenset({"32FC1", "16UC1", "mono16"})
_SUBTOPICS = "/image", ""
"""What follows a sensor's name in a recorded trial."""


@dataclass(frozen=True, slots=True)
class TopicMap:
    """Topics by the sensors' names; ``info``: those of the cameras' calibrations, by the sensors' names too."""

    sensors: Mapping[str, str]
    info: Mapping[str, str]
    words: str | None
    command: str | None
    missing: tuple[str, ...]
    """Sensors that the bag does not have."""

    def lines(self) -> Iterator[str]:
        """Yield what was chosen, for people."""
        for name, topic in self.sensors.items():
            yield f"{name}: {topic}" + ("" if name not in self.info else f", {self.info[name]}")
        yield f"words: {self.words or 'none in the bag'}"
        yield f"command: {self.command or 'none in the bag'}"
        if self.missing:
            yield f"missing: {', '.join(self.missing)}"


def find_topics(bag: Bag, streams: Mapping[str, Stream], asked: Mapping[str, str]) -> TopicMap:
    """Find the topics: those that were asked for, else by the usual names, else by type where only one has it.

    Raises:
        InputError: what was asked for is not there or of the wrong type, or the bag has none of the sensors.
    """
    search = _Search(bag, streams)
    for name, topic in asked.items():
        search.take(name, topic)
    usual = topics_of(streams)
    recorded = sensor_topics(streams)
    for name in streams:
        search.look(name, [usual[name], *(recorded[name] + part for part in _SUBTOPICS)])
    search.look(COMMAND, [COMMAND_TOPIC])
    search.look(WORDS, [WORDS_TOPIC, HEARD])
    for name in (*streams, COMMAND):
        search.guess(name)
    sensors = {name: search.found[name] for name in streams if name in search.found}
    if not sensors:
        raise InputError(
            f"no topic is one of the sensors {', '.join(streams)}; it has {search.listing()}. "
            f"Name one: --topic {next(iter(streams))}=/TOPIC",
            file=bag.path,
        )
    return TopicMap(
        sensors,
        {name: info for name, topic in sensors.items() if (info := search.info_of(topic)) is not None},
        search.found.get(WORDS),
        search.found.get(COMMAND),
        tuple(name for name in streams if name not in sensors),
    )


class _Search:
    """What has been found so far."""

    def __init__(self, bag: Bag, streams: Mapping[str, Stream]):
        self._bag, self._streams = bag, streams
        self.found: dict[str, str] = {}
        self._encodings: dict[str, str] = {}

    def take(self, name: str, topic: str) -> None:
        """Take a topic that the user named."""
        if name not in (*self._streams, WORDS, COMMAND):
            known = nearest(name, (*self._streams, WORDS, COMMAND))
            raise InputError(f"no sensor '{name}'{known}", field="--topic")
        named = next((known for known in self._bag.topics if known.strip("/") == topic.strip("/")), None)
        if named is None:
            raise InputError(f"the bag has no topic '{topic}'; it has {self.listing()}", field="--topic")
        if self._bag.topics[named].type not in self._types(name):
            wanted = " or ".join(self._types(name))
            raise InputError(
                f"'{topic}' is {self._bag.topics[named].type}; '{name}' is read from {wanted}", field="--topic"
            )
        self.found[name] = named

    def look(self, name: str, usual: Sequence[str]) -> None:
        """Look for a topic by its usual names, in any namespace that only one such topic has."""
        for wanted in [form for each in usual for form in (each, f"{each}/compressed")]:
            plain = wanted.strip("/")
            ending = [topic for topic in self._free(name) if topic.strip("/") == plain]
            ending = ending or [topic for topic in self._free(name) if topic.endswith(f"/{plain}")]
            if name not in self.found and len(ending) == 1:
                self.found[name] = ending[0]

    def guess(self, name: str) -> None:
        """Take the one topic that is left of the right type; raw pictures come before compressed ones."""
        if name in self.found or (name in self._streams and len(self._rivals(name)) > 1):
            return
        for kind in self._types(name):
            of_type = [topic for topic in self._free(name) if self._bag.topics[topic].type == kind]
            if len(of_type) == 1:
                self.found[name] = of_type[0]
                return
            if of_type:
                return

    def info_of(self, topic: str) -> str | None:
        """Return the topic of a camera's calibration."""
        picture = topic.removesuffix("/compressed")
        name = "/" + info_topic(picture.strip("/")) if picture.startswith("/") else info_topic(picture)
        known = self._bag.topics.get(name, Topic("", 0))
        return name if known.type == _INFO else None

    def listing(self) -> str:
        """Return the bag's topics and types, as many as fit in a line."""
        shown = [f"{name} ({topic.type})" for name, topic in self._bag.topics.items()]
        return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")

    def _rivals(self, name: str) -> list[str]:
        """Return the sensors of the same modality that have no topic yet."""
        modality = self._streams[name].modality
        return [each for each, stream in self._streams.items() if stream.modality == modality and not self._has(each)]

    def _has(self, name: str) -> bool:
        return name in self.found

    def _types(self, name: str) -> tuple[str, ...]:
        if name == WORDS:
            return _TEXT
        return _COMMANDS if name == COMMAND else _TYPES.get(self._streams[name].modality, ())

    def _free(self, name: str) -> list[str]:
        """Return the topics that could be a sensor's and are nobody's yet."""
        types = self._types(name)
        free = [
            topic
            for topic, known in self._bag.topics.items()
            if known.type in types and known.count and topic not in self.found.values()
        ]
        modality = self._streams[name].modality if name in self._streams else None
        if modality in ("rgb", "depth"):
            return [topic for topic in free if self._holds_depths(topic) == (modality == "depth")]
        return free

    def _holds_depths(self, topic: str) -> bool:
        """Return whether pictures are of depths, which their first one tells."""
        if topic not in self._encodings:
            first: Any = self._bag.first(topic)
            self._encodings[topic] = str(getattr(first, "encoding", "compressed"))
        return self._encodings[topic] in _DEPTHS
