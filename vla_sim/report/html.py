"""``report.html``: one self-contained page that opens from disk, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from vla_sim.bench.ledger import TRACKS, recording_path, video_path
from vla_sim.bench.plan import Plan
from vla_sim.bench.record import ERRORS, TrialRecord
from vla_sim.bench.schema import CLEAN
from vla_sim.bench.summary import missing_trials
from vla_sim.bench.track import read_track
from vla_sim.report.chart import severity_chart
from vla_sim.report.page import page_environment
from vla_sim.report.svg import map_symbol, timeline, trial_map
from vla_sim.report.worldmap import FloorPlan, floor_plans

PICTURE_BUDGET = 8_000_000
"""Bytes of maps, timelines and camera pictures in one report; past it trials are listed without them."""


@dataclass(frozen=True, slots=True)
class TrialView:
    """A trial's row in the report, with its pictures where it has some."""

    record: TrialRecord
    map: Markup | None = None
    timeline: Markup | None = None
    frames: Sequence[dict[str, Any]] = ()
    video: str = ""
    """Path of its film in the run's folder, if it has one."""
    recording: str = ""
    """Path of its recording there, if it has one."""

    @property
    def faults(self) -> list[str]:
        """The faults that were asked for, as target:kind."""
        return list(dict.fromkeys(f"{fault['target']}:{fault['kind']}" for fault in self.record.faults))

    @property
    def size(self) -> int:
        """Bytes of the pictures."""
        return len(self.map or "") + len(self.timeline or "") + sum(len(frame["jpeg"]) for frame in self.frames)


def report_text(folder: Path, plan: Plan, trials: Sequence[TrialRecord], summary: dict[str, Any]) -> str:
    """Return the text of ``report.html``.

    Args:
        folder: the run's folder, which holds the tracks of the trials.
        plan: what was to be run.
        trials: a record for every trial of the plan.
        summary: what the records say.
    """
    plans = floor_plans(folder, plan)
    views = _views(folder, trials, plans)
    template = page_environment().get_template("report.html")
    return template.render(
        plan=plan,
        summary=summary,
        errors=sum(summary["outcomes"][outcome] for outcome in ERRORS),
        missing=missing_trials(summary),
        clean=CLEAN,
        charts=[(curve, severity_chart(curve)) for curve in summary["curves"]],
        severities=sorted({point["severity"] for curve in summary["curves"] for point in curve["points"]}),
        symbols=[map_symbol(world, floor) for world, floor in plans.items()],
        trials=views,
        faults=sorted({fault for view in views for fault in view.faults}),
        opened=_to_open(views),
    )


def _views(folder: Path, trials: Sequence[TrialRecord], plans: dict[str, FloorPlan]) -> list[TrialView]:
    """Return a view of every trial in its order, giving pictures first to those that one wants to see."""
    views = {
        trial.id: TrialView(trial, video=_video(folder, trial), recording=_recording(folder, trial)) for trial in trials
    }
    left = PICTURE_BUDGET
    for trial in _by_interest(trials):
        view = _pictured(folder, trial, plans[trial.world])
        if view is not None and view.size <= left:
            views[trial.id] = view
            left -= view.size
    return list(views.values())


def _to_open(views: Sequence[TrialView]) -> str:
    """Return the id of the trial that stands open: the first with pictures that went wrong, or else the first."""
    pictured = [view.record for view in views if view.map is not None]
    wrong = [trial for trial in pictured if not trial.succeeded]
    return next((trial.id for trial in [*wrong, *pictured]), "")


def _by_interest(trials: Sequence[TrialRecord]) -> Iterator[TrialRecord]:
    """Yield what went wrong, then one success of each scenario and arm, then the other successes."""
    yield from (trial for trial in trials if trial.outcome in ERRORS)
    yield from (trial for trial in trials if trial.outcome == "failure")
    successes = [trial for trial in trials if trial.succeeded]
    samples = {(trial.scenario, trial.arm): trial for trial in reversed(successes)}
    chosen = {trial.id for trial in samples.values()}
    yield from (trial for trial in successes if trial.id in chosen)
    yield from (trial for trial in successes if trial.id not in chosen)


def _pictured(folder: Path, trial: TrialRecord, plan: FloorPlan) -> TrialView | None:
    track = read_track(folder / TRACKS / f"{trial.id}.json")
    if track is None or not track["path"]:
        return None
    drawings = trial_map(trial, track, plan), timeline(trial, track)
    return TrialView(trial, *drawings, track["frames"], _video(folder, trial), _recording(folder, trial))


def _video(folder: Path, trial: TrialRecord) -> str:
    return _link(folder, video_path(folder, trial.id))


def _recording(folder: Path, trial: TrialRecord) -> str:
    return _link(folder, recording_path(folder, trial.id))


def _link(folder: Path, path: Path) -> str:
    """Return where a file lies, seen from the run's folder; nothing where there is no such file."""
    return path.relative_to(folder).as_posix() if path.is_file() else ""
