"""Scores a bag: replays it, and writes ``score.json``, ``decisions.jsonl`` and ``score.html`` into a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vla_sim
from vla_sim.bench.atomic import write_text
from vla_sim.bench.exit_code import ExitCode
from vla_sim.errors import InputError
from vla_sim.faults.spec import FaultSpec
from vla_sim.ros.bags.bag import fingerprint, open_bag
from vla_sim.ros.bags.page import page_text
from vla_sim.ros.bags.replay import Outcome, Playback, Setting, replay
from vla_sim.ros.bags.score import (
    SPEED,
    YAW_RATE,
    Speeds,
    decision_row,
    detection,
    differences,
    driven,
    figures,
    recorded,
    timing,
    under_fault,
)
from vla_sim.ros.bags.tape import Tape
from vla_sim.ros.bags.topics import TopicMap, find_topics
from vla_sim.ros.readings import SECOND

SCORE, DECISIONS, PAGE = "score.json", "decisions.jsonl", "score.html"


@dataclass(frozen=True, slots=True)
class Request:
    """What to score: a bag, an agent's setting, faults, topics by name, and the share of decisions that may differ."""

    bag: Path
    setting: Setting
    faults: tuple[FaultSpec, ...] = ()
    topics: Mapping[str, str] | None = None
    max_difference: float | None = None


def score_bag(request: Request, folder: Path, tell: Callable[[TopicMap], None] = lambda topics: None) -> dict[str, Any]:
    """Replay a bag, write what came of it into a folder, and return the content of ``score.json``.

    Args:
        request: what to score.
        folder: where the files go.
        tell: is told which topics were chosen, before the replay begins.

    Raises:
        InputError: the bag, the agent or a fault cannot be used.
    """
    setting = request.setting
    with open_bag(request.bag) as bag:
        topics = find_topics(bag, setting.robot.streams, request.topics or {})
        if topics.words is None and setting.words is None:
            raise InputError(
                "the bag holds no words (voice_commands, goal/heard); say --words 'go to the red cube', "
                "or name their topic: --topic words=/TOPIC",
                file=request.bag,
            )
        tell(topics)
        tape = Tape(bag, topics, setting.robot.streams, setting.period)
        present = list(topics.sensors)
        clean = Playback(setting, present)
        faulted = Playback(setting, present, request.faults) if request.faults else None
        commands = replay(tape.events(), [clean, faulted] if faulted else [clean], until=setting.until)
        facts = {
            "name": request.bag.name,
            "sha256": fingerprint(request.bag),
            "start_ns": bag.start,
            "epoch_ns": tape.epoch,
            "duration_s": bag.duration / SECOND,
            "arrival": tape.clock,
            "malformed": {
                topic: {"count": tape.counts[topic], "first": tape.malformed[topic]} for topic in sorted(tape.counts)
            },
            "field_of_view_guessed": tape.guessed,
        }
    if not clean.outcome.decisions:
        raise InputError("the bag is over before the agent could decide anything", file=request.bag)
    as_recorded = recorded([each.time for each in clean.outcome.decisions], commands, setting.period)
    score = _score(request, facts, topics, clean.outcome, faulted.outcome if faulted else None, as_recorded)
    folder.mkdir(parents=True, exist_ok=True)
    rows = decision_rows(clean.outcome, faulted.outcome if faulted else None, as_recorded)
    write_text(folder / DECISIONS, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    write_text(folder / SCORE, json.dumps(score, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    write_text(folder / PAGE, page_text(score, rows))
    return score


def decision_rows(clean: Outcome, faulted: Outcome | None, as_recorded: Mapping[float, Speeds]) -> list[dict[str, Any]]:
    """Return a row for each time at which anything was decided."""
    sides = {"clean": clean} if faulted is None else {"clean": clean, "faulted": faulted}
    made = {name: {each.time: each for each in side.decisions} for name, side in sides.items()}
    rows = []
    for time in sorted(set().union(*made.values())):
        row: dict[str, Any] = {"time": time}
        for name, decisions in made.items():
            row[name] = decision_row(decisions[time]) if time in decisions else None
        row["recorded"] = [round(speed, 6) for speed in as_recorded[time]] if time in as_recorded else None
        if faulted is not None:
            row["under_fault"] = under_fault(time, faulted.windows)
        rows.append(row)
    return rows


def _score(
    request: Request,
    facts: Mapping[str, Any],
    topics: TopicMap,
    clean: Outcome,
    faulted: Outcome | None,
    as_recorded: Mapping[float, Speeds],
) -> dict[str, Any]:
    setting = request.setting
    present = list(topics.sensors)
    against_record = {
        name: differences(as_recorded, driven(side)) if as_recorded else None
        for name, side in (("clean", clean), *((("faulted", faulted),) if faulted is not None else ()))
    }
    difference = differences(driven(clean), driven(faulted)) if faulted is not None else None
    return {
        "version": vla_sim.__version__,
        "agent": setting.agent,
        "robot": setting.robot.name,
        "seed": setting.seed,
        "control_period_s": setting.period,
        "sync_window_s": setting.window,
        "confidence_threshold": setting.threshold,
        "since_s": setting.since,
        "until_s": setting.until,
        "words": setting.words,
        "bag": dict(facts),
        "topics": {
            "sensors": dict(topics.sensors),
            "camera_info": dict(topics.info),
            "words": topics.words,
            "command": topics.command,
            "missing": list(topics.missing),
        },
        "tolerance": {"speed_m_s": SPEED, "yaw_rate_rad_s": YAW_RATE},
        "clean": figures(clean, present),
        "faulted": None
        if faulted is None
        else figures(faulted, present)
        | {"faults": faulted.faults, "windows": [_window(window) for window in faulted.windows]},
        "difference": difference,
        "agreement": against_record,
        "detection": None if faulted is None else detection(clean, faulted),
        "gate": _gate(request.max_difference, difference or against_record["clean"], faulted is not None),
        "timing": {"clean": timing(clean), "faulted": None if faulted is None else timing(faulted)},
    }


def _gate(limit: float | None, difference: Mapping[str, Any] | None, faults: bool) -> dict[str, Any] | None:
    """Hold the share of different decisions against a limit; what cannot be measured does not pass."""
    if limit is None:
        return None
    share = None if difference is None else difference["share_different"]
    return {
        "of": "faulted to clean" if faults else "clean to recorded",
        "max_difference": limit,
        "share_different": share,
        "passed": share is not None and share <= limit,
    }


def exit_code(score: Mapping[str, Any]) -> ExitCode:
    """Return how the command ends."""
    gate = score["gate"]
    return ExitCode.PASSED if gate is None or gate["passed"] else ExitCode.FAILED


def _window(window: Any) -> dict[str, Any]:
    end = None if window.end == float("inf") else window.end
    return {"target": window.target, "fault": window.fault, "start": window.start, "end": end}
