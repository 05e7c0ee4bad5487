"""Recordings of trials (MCAP files that ``vla-sim run --record`` wrote) as the episodes of a dataset."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vla_sim.dataset import layout
from vla_sim.dataset.assembly import assemble
from vla_sim.dataset.part import PartWriter
from vla_sim.dataset.record import claim_folder
from vla_sim.dataset.schema import LINES, schema_of_streams
from vla_sim.engines.streams import sources
from vla_sim.envs.body import body_of
from vla_sim.envs.env import SUCCESS_REWARD
from vla_sim.envs.loading import load_site
from vla_sim.errors import InputError
from vla_sim.report.mcap import (
    ASKED,
    CLOCK,
    COMMAND,
    FAULTS,
    HEARD,
    METADATA,
    PROGRESS,
    VERDICT,
    check_recording,
    sensor_topics,
)
from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.readings import SECOND, Receiver, command_of
from vla_sim.sensing.observation import ObservationBuilder
from vla_sim.sensing.reading import Stream

_CAMERA_INFO = "/camera_info"


class _Message(NamedTuple):
    """A message and when it was logged [ns]."""

    topic: str
    time: int
    content: Any


def import_recordings(
    files: Sequence[Path],
    out: Path,
    listener: Callable[[Path, int], None],
    *,
    world: str | None = None,
    fresh: bool = False,
) -> None:
    """Make a dataset of recordings, an episode each, in the order of the files.

    The observations are put together as the environment does, out of the same readings at the same times.

    Args:
        files: MCAP files.
        out: the dataset's folder.
        listener: told of each file and its number of frames.
        world: the world, where it is no shipped one: its SDF file.
        fresh: whether what is in the folder is deleted.

    Raises:
        InputError: a file is no recording of a trial, its world is not known, or the folder holds something else.
    """
    check_recording()
    claim_folder(out, fresh=fresh)
    if (out / layout.INFO).is_file():
        raise InputError("holds a dataset already; use --fresh to replace it", file=out)
    parts = out / layout.PARTS
    shutil.rmtree(parts, ignore_errors=True)
    folders = []
    for number, file in enumerate(files):
        folders.append(parts / f"{number:06d}")
        listener(file, _import(file, folders[-1], world))
    assemble(out, folders, {"recordings": [file.name for file in files]})
    shutil.rmtree(parts)


def _import(file: Path, folder: Path, world: str | None) -> int:
    facts, messages = _read(file)
    try:
        site = load_site(world or facts["world"])
    except InputError as error:
        raise InputError(f"its world is not known, name it with --world: {error}", file=file) from error
    streams = {name: source.stream for name, source in sources(site.world, None).items()}
    topics = _topics(streams, {message.topic for message in messages})
    streams = {name: streams[name] for name in topics.values()}
    ticks = [message.time for message in messages if message.topic == CLOCK]
    if len(ticks) < 2 or not streams:
        raise InputError("the recording holds no control steps with sensors", file=file)
    period = (ticks[1] - ticks[0]) / SECOND
    builder = ObservationBuilder(streams, period)
    if body_of(site.robot).movable:
        raise InputError("is of a robot with joint goals; record its dataset with vla-sim dataset record", file=file)
    schema = schema_of_streams(streams, builder.space(), 1.0 / period, site.robot.name)
    writer = PartWriter(folder, schema)
    episode = _Episode(writer, builder, {name: Receiver(stream) for name, stream in streams.items()}, topics)
    try:
        for message in messages:
            episode.take(message)
    except (MalformedError, ValueError) as error:
        writer.abandon()
        raise InputError(f"a message cannot be read: {error}", file=file) from error
    return episode.finish(facts)


def _read(file: Path) -> tuple[dict[str, str], list[_Message]]:
    """Return what a recording says of its trial, and its messages: those of a time in the order they were written in.

    A control step's clock comes behind all that was received by then.
    """
    from mcap.exceptions import McapError
    from mcap.reader import make_reader
    from mcap_ros2.decoder import DecoderFactory

    try:
        with file.open("rb") as stream:
            reader = make_reader(stream, decoder_factories=[DecoderFactory()])
            facts = [dict(record.metadata) for record in reader.iter_metadata() if record.name == METADATA]
            messages = [
                _Message(channel.topic, message.log_time, content)
                for _, channel, message, content in reader.iter_decoded_messages()
            ]
    except (OSError, McapError) as error:
        raise InputError(f"cannot be read: {error}", file=file) from error
    if not facts:
        raise InputError("is no recording of a trial; vla-sim run --record writes them", file=file)
    messages.sort(key=lambda message: (message.time, _rank(message.topic)))
    return facts[0], messages


def _rank(topic: str) -> int:
    """Return the order of messages of one time: what came, then the moment, then what was done about it."""
    return {CLOCK: 1, COMMAND: 2}.get(topic, 0)


def _topics(streams: dict[str, Stream], there: set[str]) -> dict[str, str]:
    """Return the sensor of each topic of a recording, pictures and scans by the topics that hold their data."""
    found = {}
    for name, base in sensor_topics(streams).items():
        topic = next((topic for topic in (f"{base}/image", base) if topic in there), None)
        if topic is not None:
            found[topic] = name
    return found


class _Episode:
    """A recording on its way into a part."""

    def __init__(
        self, writer: PartWriter, builder: ObservationBuilder, receivers: dict[str, Receiver], topics: dict[str, str]
    ):
        self._writer, self._builder, self._receivers, self._topics = writer, builder, receivers, topics
        self._cameras = {
            topic.removesuffix("/image") + _CAMERA_INFO: name
            for topic, name in topics.items()
            if topic.endswith("/image")
        }
        self._words = {ASKED: "", HEARD: ""}
        self._progress, self._verdict = 0.0, dict[str, Any]()
        self._active = set[str]()
        self._failing = set[str]()
        """Targets of faults that were on since the last control step."""
        self._command: np.ndarray[Any, Any] | None = None
        self._before = ("", 0.0)
        self._frames = 0

    def take(self, message: _Message) -> None:
        """Take the next message."""
        topic, content = message.topic, message.content
        if topic in self._topics:
            receiver = self._receivers[self._topics[topic]]
            self._builder.push([receiver.read(content, message.time)])
        elif topic in self._cameras:
            self._receivers[self._cameras[topic]].calibrate(content)
        elif topic in self._words:
            self._words[topic] = content.data
        elif topic == PROGRESS:
            self._progress = float(content.data)
        elif topic == FAULTS:
            self._active = {window["target"] for window in json.loads(content.data)["active"]}
            self._failing |= self._active
        elif topic == VERDICT:
            self._verdict = json.loads(content.data)
        elif topic == COMMAND:
            self._command = np.array(command_of(content), np.float32)
        elif topic == CLOCK:
            self._step(message.time / SECOND)

    def finish(self, facts: dict[str, str]) -> int:
        """Make the part whole and return its number of frames."""
        outcome = "success" if self._verdict.get("success") else "failure"
        known: dict[str, Any] = {**facts, "id": facts.get("trial", ""), "outcome": outcome, "steps": self._frames}
        if "seed" in facts:
            known["seed"] = int(facts["seed"])
        self._writer.close(known)
        return self._frames

    def _step(self, now: float) -> None:
        words, success = self._words[ASKED], bool(self._verdict.get("success"))
        if self._command is not None:
            gain = self._progress - (self._before[1] if words == self._before[0] else 0.0)
            reward = gain + (SUCCESS_REWARD if success else 0.0)
            self._writer.act(self._command, reward, done=bool(self._verdict), success=success)
            self._frames += 1
            self._command = None
        self._before = words, self._progress
        failing = np.array([name in self._failing for name in (*self._builder.names, *LINES)], np.int8)
        self._writer.look(self._builder.observe(now, self._words[HEARD]), failing)
        self._failing = set(self._active)
