"""Small drawings of one trial as inline SVG; colours come from the page's style sheet, so that dark mode works."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from vla_sim.bench.record import TrialRecord
from vla_sim.faults.schedule import Schedule
from vla_sim.report.worldmap import FloorPlan

SCALE = 40.0
"""Pixels per metre of a map."""

OBJECT_COLOURS = {
    "red": "#d32f2f",
    "green": "#2e9e44",
    "blue": "#2864dc",
    "yellow": "#e8c21c",
    "purple": "#8437b8",
    "orange": "#ef7d1a",
}

_TIMELINE_WIDTH = 640
_LABEL_WIDTH = 78
_ROW = 18
_PROGRESS_ROW = 40
_TIMELINE_POINTS = 120
_AGE_CAP = 1.0
"""Age [s] that fills a row."""


def map_symbol(world: str, plan: FloorPlan) -> Markup:
    """Return the standing parts of a world's map, to be used by each trial's map by reference."""
    view = _View(plan)
    parts = []
    for room in plan["rooms"]:
        for area in room["areas"]:
            x, y = view.point(area[0], area[3])
            width, height = (area[2] - area[0]) * SCALE, (area[3] - area[1]) * SCALE
            parts.append(f'<rect class="room" x="{x}" y="{y}" width="{width:.0f}" height="{height:.0f}"/>')
    for shape in plan["footprints"]:
        points = [view.point(*point) for point in shape["points"]]
        if len(points) == 1:
            x, y = points[0]
            parts.append(f'<circle class="wall" cx="{x}" cy="{y}" r="{shape["radius"] * SCALE:.1f}"/>')
        else:
            parts.append(
                f'<polygon class="wall" points="{joined(points)}" stroke-width="{2 * shape["radius"] * SCALE:.1f}"/>'
            )
    for room in plan["rooms"]:
        xmin, ymin, xmax, ymax = room["areas"][0]
        x, y = view.point((xmin + xmax) / 2, (ymin + ymax) / 2)
        parts.append(f'<text class="room-name" x="{x}" y="{y}">{escape(room["name"])}</text>')
    symbol = f'<symbol id="map-{escape(world)}" viewBox="0 0 {view.width} {view.height}">{"".join(parts)}</symbol>'
    return Markup(symbol)  # every text in it was escaped above


def trial_map(trial: TrialRecord, track: dict[str, Any], plan: FloorPlan) -> Markup:
    """Draw where the robot went: start, way, end, things, goal; the way under a fault in another colour."""
    view = _View(plan)
    parts = [f'<use href="#map-{escape(trial.world)}" width="{view.width}" height="{view.height}"/>']
    for goal in track.get("goals", ()):
        for outline in goal["outlines"]:
            parts.append(f'<polygon class="goal" points="{joined([view.point(*point) for point in outline])}"/>')
    parts += [_object(view, thing) for thing in track["objects"]]
    parts += _way(view, trial, track["path"])
    label = f"Map of {trial.world}: path of the robot, {len(track['path'])} points; {trial.outcome} {trial.reason}"
    svg = (
        f'<svg class="map" viewBox="0 0 {view.width} {view.height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )
    return Markup(svg)  # built of numbers and escaped text


def timeline(trial: TrialRecord, track: dict[str, Any]) -> Markup:
    """Draw progress, the age of each sensor's data, the windows of the faults, and when the words changed."""
    times = [point[0] for point in track["path"]]
    end = max(float(times[-1]), 1e-6)
    sensors = list(track["ages"])
    height = _PROGRESS_ROW + _ROW * len(sensors) + 22
    keep = range(0, len(times), max(1, math.ceil(len(times) / _TIMELINE_POINTS)))

    def across(time: float) -> float:
        return round(_LABEL_WIDTH + (_TIMELINE_WIDTH - _LABEL_WIDTH - 6) * min(time / end, 1.0), 1)

    parts = [_row_label("progress", _PROGRESS_ROW - 8)]
    bottom = _PROGRESS_ROW - 3
    curve = [(across(times[i]), round(bottom - (bottom - 4) * track["progress"][i], 1)) for i in keep]
    parts.append(f'<polyline class="progress" points="{joined(curve)}"/>')
    for row, sensor in enumerate(sensors):
        top = _PROGRESS_ROW + _ROW * row
        parts.append(_row_label(sensor, top + _ROW - 5))
        parts += [_window(across, window, top, end) for window in _windows(trial, sensor, end)]
        ages = [(times[i], track["ages"][sensor][i]) for i in keep]
        parts.append(_age_line(across, ages, top))
    for said in trial.words[1:]:
        x = across(float(said["time"]))
        parts.append(f'<line class="said" x1="{x}" x2="{x}" y1="0" y2="{height - 22}"/>')
    for tick in _ticks(end):
        parts.append(f'<text class="tick" x="{across(tick)}" y="{height - 6}">{tick:g} s</text>')
    faults = "; ".join(f"{fault['kind']} on {fault['target']} {_onset(fault)}" for fault in trial.faults)
    label = f"Timeline of {end:.1f} s: progress and sensor ages. Faults: {faults or 'none'}"
    svg = (
        f'<svg class="timeline" viewBox="0 0 {_TIMELINE_WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )
    return Markup(svg)  # built of numbers and escaped text


class _View:
    """From metres, y up, to pixels, y down."""

    def __init__(self, plan: FloorPlan):
        self._xmin, ymin, xmax, self._ymax = plan["bounds"]
        self.width = round((xmax - self._xmin) * SCALE)
        self.height = round((self._ymax - ymin) * SCALE)

    def point(self, x: float, y: float) -> tuple[float, float]:
        return round((x - self._xmin) * SCALE, 1), round((self._ymax - y) * SCALE, 1)


def _object(view: _View, thing: dict[str, Any]) -> str:
    x, y = view.point(thing["x"], thing["y"])
    r = max(thing["radius"] * SCALE, 5.0)
    style = f'class="object{" decoy" if thing["decoy"] else ""}" fill="{OBJECT_COLOURS.get(thing["colour"], "#888")}"'
    title = f"<title>{escape(thing['name'])}</title>"
    match thing["noun"]:
        case "cube" | "box" | "crate":
            shape = f'<rect {style} x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}">'
            return f"{shape}{title}</rect>"
        case "cone":
            corners = [(x, round(y - r, 1)), (round(x - r, 1), round(y + r, 1)), (round(x + r, 1), round(y + r, 1))]
            return f'<polygon {style} points="{joined(corners)}">{title}</polygon>'
        case _:
            return f'<circle {style} cx="{x}" cy="{y}" r="{r:.1f}">{title}</circle>'


def _way(view: _View, trial: TrialRecord, path: Sequence[Sequence[float]]) -> list[str]:
    points = [view.point(x, y) for _, x, y, _ in path]
    parts = [f'<polyline class="way" points="{joined(points)}"/>']
    faulty = [any(_schedule(fault).intensity(point[0]) > 0 for fault in trial.faults) for point in path]
    for first, last in _runs(faulty):
        parts.append(f'<polyline class="way faulty" points="{joined(points[first : last + 1])}"/>')
    x, y = points[0]
    heading = -math.degrees(path[0][3])
    parts.append(f'<path class="start" transform="translate({x} {y}) rotate({heading:.0f})" d="M9 0L-6 6L-6 -6Z"/>')
    x, y = points[-1]
    parts.append(f'<circle class="end {trial.outcome}" cx="{x}" cy="{y}" r="6"/>')
    return parts


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the first and last index of every stretch of true flags."""
    runs: list[tuple[int, int]] = []
    for index, flag in enumerate(flags):
        if flag and runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        elif flag:
            runs.append((index, index))
    return runs


def _onset(fault: dict[str, Any]) -> str:
    return f"never (waited for {fault['trigger']})" if fault["onset"] is None else f"from {fault['onset']:g} s"


def _schedule(fault: dict[str, Any]) -> Schedule:
    onset = math.inf if fault["onset"] is None else fault["onset"]
    shape = (fault["duration"], fault["ramp"], fault["period"], fault["duty"])
    return Schedule(onset, *shape, recovery=fault.get("recovery", 0.0))


def _windows(trial: TrialRecord, sensor: str, end: float) -> list[tuple[float, float]]:
    """Return when faults on a sensor were on: [start, stop] in seconds."""
    return [
        (start, min(stop, end))
        for fault in trial.faults
        if fault["target"] == sensor
        for start, stop in _schedule(fault).windows(-math.inf, end)
    ]


def _window(across: Any, window: tuple[float, float], top: int, end: float) -> str:
    x, stop = across(window[0]), across(window[1])
    return f'<rect class="window" x="{x}" y="{top}" width="{max(stop - x, 1):.1f}" height="{_ROW - 2}"/>'


def _age_line(across: Any, ages: Sequence[tuple[float, float | None]], top: int) -> str:
    """Draw an age as a line that rises with it; nothing where the data is too old to be valid."""
    base = top + _ROW - 4
    pieces: list[list[tuple[float, float]]] = [[]]
    for time, age in ages:
        if age is None:
            pieces.append([])
        else:
            pieces[-1].append((across(time), round(base - (_ROW - 7) * min(age / _AGE_CAP, 1.0), 1)))
    return "".join(f'<polyline class="age" points="{joined(piece)}"/>' for piece in pieces if len(piece) > 1)


def _row_label(text: str, y: float) -> str:
    return f'<text class="row" x="{_LABEL_WIDTH - 6}" y="{y}">{escape(text)}</text>'


def _ticks(end: float) -> list[float]:
    step = next((step for step in (1, 2, 5, 10, 20, 50, 100) if end / step <= 8), 500)
    return [step * i for i in range(math.floor(end / step) + 1)]


def joined(points: Sequence[tuple[float, float]]) -> str:
    """Return points as the attribute of a line or a polygon."""
    return " ".join(f"{x:g},{y:g}" for x, y in points)
