"""A score's traces over time as inline SVG; colours come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

from vla_sim.report.svg import joined

Rows = Sequence[Mapping[str, Any]]
Points = list[tuple[float, float]]
Span = tuple[float, float]

_WIDTH, _LEFT, _RIGHT = 900, 84, 10
_HEIGHT, _TOP, _BOTTOM = 170, 10, 24
_ROW = 20
_POINTS = 700
"""Most points of a line; of longer bags each stretch shows the value that is farthest from its mean."""
_CLOSE = 0.12
"""Share of the height under which two numbers on an axis would touch."""
_GAP = 0.55
"""Seconds without a value after which a line is broken."""


def trace(name: str, unit: str, series: Mapping[str, Points], windows: Sequence[Span], end: float) -> Markup:
    """Draw lines over the same axes, ``series`` by their style's names; windows are when faults were on [s]."""
    values = [value for points in series.values() for _, value in points]
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    if high - low < 1e-6:
        high = low + 1.0
    across = _across(end)

    def down(value: float) -> float:
        return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (high - value) / (high - low), 1)

    parts = [_window(across, span, _TOP, _HEIGHT - _TOP - _BOTTOM, end) for span in windows]
    for value in (value for value in (low, 0.0, high) if value == 0.0 or abs(value) > _CLOSE * (high - low)):
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{down(value)}" y2="{down(value)}"/>')
        parts.append(f'<text class="row" x="{_LEFT - 6}" y="{down(value) + 4}">{value:.2f}</text>')
    for style, points in series.items():
        for piece in _pieces(thinned(points)):
            drawn = [(across(time), down(value)) for time, value in piece]
            parts.append(f'<polyline class="{escape(style)}" points="{joined(drawn)}"/>')
    parts += _ticks(across, end, _HEIGHT - 6)
    said = "; ".join(
        f"{style}: {min(v for _, v in points):.2f} to {max(v for _, v in points):.2f}"
        for style, points in series.items()
        if points
    )
    return _svg(f"{name} [{unit}] over {end:.1f} s. {said}", _HEIGHT, parts)


def presence(rows: Rows, side: str, sensors: Sequence[str], absent: Sequence[str], end: float) -> Markup:
    """Draw when which sensor was missing from a batch."""
    across = _across(end)
    parts, told = [], []
    for place, name in enumerate([*sensors, *absent]):
        top = _ROW * place + 2
        spans = missing_spans(rows, side, name) if name in sensors else [(0.0, end)]
        parts.append(f'<text class="row" x="{_LEFT - 6}" y="{top + _ROW - 7}">{escape(name)}</text>')
        parts.append(
            f'<rect class="there" x="{_LEFT}" y="{top}" width="{_WIDTH - _LEFT - _RIGHT}" height="{_ROW - 4}"/>'
        )
        parts += [_window(across, span, top, _ROW - 4, end) for span in spans]
        lost = math.fsum(stop - start for start, stop in spans)
        told.append(f"{name} missing for {lost:.1f} s" if name in sensors else f"{name} is not in the bag")
    height = _ROW * (len(sensors) + len(absent)) + 24
    parts += _ticks(across, end, height - 6)
    return _svg(f"Sensors over {end:.1f} s: {', '.join(told)}", height, parts)


def missing_spans(rows: Rows, side: str, sensor: str) -> list[Span]:
    """Return from which batch to which a sensor was missing [s]."""
    spans: list[Span] = []
    open_since: float | None = None
    for row in rows:
        if row.get(side) is None:
            continue
        if sensor in row[side]["missing"]:
            open_since = row["time"] if open_since is None else open_since
        elif open_since is not None:
            spans.append((open_since, row["time"]))
            open_since = None
    if open_since is not None:
        spans.append((open_since, rows[-1]["time"]))
    return spans


def thinned(points: Points) -> Points:
    """Return at most so many points as a line can show, the extreme ones among them."""
    stride = math.ceil(len(points) / _POINTS)
    if stride <= 1:
        return points
    kept: Points = []
    for start in range(0, len(points), stride):
        part = points[start : start + stride]
        mean = math.fsum(value for _, value in part) / len(part)
        kept.append(max(part, key=lambda point: abs(point[1] - mean)))
    return kept


def _pieces(points: Points) -> list[Points]:
    """Break a line where it has a hole."""
    if len(points) < 2:
        return []
    usual = (points[-1][0] - points[0][0]) / (len(points) - 1)
    pieces: list[Points] = [[points[0]]]
    for before, after in pairwise(points):
        if after[0] - before[0] > max(_GAP, 3 * usual):
            pieces.append([])
        pieces[-1].append(after)
    return [piece for piece in pieces if len(piece) > 1]


def _across(end: float) -> Callable[[float], float]:
    return lambda time: round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * min(max(time, 0.0) / max(end, 1e-6), 1.0), 1)


def _window(across: Callable[[float], float], span: Span, top: float, height: float, end: float) -> str:
    x, stop = across(span[0]), across(min(span[1], end))
    return f'<rect class="window" x="{x}" y="{top}" width="{max(stop - x, 1.0):.1f}" height="{height}"/>'


def _ticks(across: Callable[[float], float], end: float, y: float) -> list[str]:
    step = next((step for step in (1, 2, 5, 10, 20, 60, 120, 300, 600) if end / step <= 10), 3600)
    ticks = [step * place for place in range(math.floor(end / step) + 1)]
    return [f'<text class="tick" x="{across(tick)}" y="{y}">{tick:g} s</text>' for tick in ticks]


def _svg(label: str, height: float, parts: Sequence[str]) -> Markup:
    return Markup(  # built of numbers and escaped text
        f'<svg class="timeline trace" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )
