"""The curve of a run: a line of CSV an iteration, a picture, and TensorBoard's events."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vla_sim.bench.atomic import write_text
from vla_sim.bench.statistics import Proportion

CSV, PICTURE, EVENTS = "curve.csv", "curve.svg", "tensorboard"
_WIDTH, _HEIGHT = 720, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 34, 46
_RECENT = 10
"""Iterations over which successes in training are averaged."""
_COLOURS = {"calm": "#1f77b4", "troubled": "#d62728"}
_SAID = {"calm": "nothing fails", "troubled": "something fails"}
_EVALUATED = {"calm": "clean", "troubled": "faulted"}

Row = Mapping[str, Any]


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Write all rows; what a row does not have is empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def write_picture(rows: Sequence[Row], path: Path) -> None:
    """Draw success over samples: in training as lines, in the evaluations as dots with intervals of 95 % (Wilson)."""
    last = max(int(row["samples"]) for row in rows)

    def x(samples: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * samples / last, 1)

    def y(rate: float) -> float:
        return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1.0 - rate), 1)

    parts = []
    for step in range(6):
        down, across = y(step / 5), x(step / 5 * last)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{down}" y2="{down}" stroke="#8884"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{down + 4}" text-anchor="end">{step / 5:.0%}</text>')
        parts.append(f'<text x="{across}" y="{_HEIGHT - 26}" text-anchor="middle">{step / 5 * last:,.0f}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">control steps</text>')
    for place, (name, colour) in enumerate(_COLOURS.items()):
        points = " ".join(f"{x(samples)},{y(rate)}" for samples, rate in _running(rows, name))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5" opacity="0.6"/>')
        for row in rows:
            if f"{_EVALUATED[name]}_trials" in row:
                parts += _dot(row, _EVALUATED[name], colour, x(row["samples"]) + 4 * place - 2, y)
        left = _LEFT + 8 + 260 * place
        parts.append(f'<circle cx="{left}" cy="16" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{left + 10}" y="20">{_SAID[name]}: line training, dots evaluation</text>')
    write_text(
        path,
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#777" role="img" aria-label="Success over control steps of the fine-tuning">'
        f"{''.join(parts)}</svg>\n",
    )


def _running(rows: Sequence[Row], name: str) -> list[tuple[int, float]]:
    """Return success over the last iterations, where episodes ended in them."""
    points = []
    for index, row in enumerate(rows):
        recent = rows[max(0, index + 1 - _RECENT) : index + 1]
        ended = sum(each[f"{name}_episodes"] for each in recent)
        if ended:
            points.append((int(row["samples"]), sum(each[f"{name}_successes"] for each in recent) / ended))
    return points


def _dot(row: Row, name: str, colour: str, across: float, y: Any) -> list[str]:
    rate = Proportion(row[f"{name}_successes"], row[f"{name}_trials"])
    assert rate.interval is not None
    low, high = rate.interval
    return [
        f'<line x1="{across}" x2="{across}" y1="{y(low)}" y2="{y(high)}" stroke="{colour}" stroke-width="2"/>',
        f'<circle cx="{across}" cy="{y(rate.rate)}" r="4" fill="{colour}"/>',
    ]


class Events:
    """Numbers of each iteration as TensorBoard shows them, where its package is installed."""

    def __init__(self, folder: Path, done: int):
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            self._writer = None
        else:
            self._writer = SummaryWriter(str(folder), purge_step=done or None)

    def write(self, row: Row) -> None:
        """Write a row."""
        if self._writer is None:
            return
        for name, value in row.items():
            if name not in ("iteration", "samples"):
                self._writer.add_scalar(f"ppo/{name}", value, row["samples"])
        self._writer.flush()
