"""How a search came down to the mildest failure, as inline SVG; colours come from the page's style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from vla_sim.report.svg import joined

_WIDTH, _HEIGHT = 360, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 14, 10, 38


class Look(NamedTuple):
    """One arm that was looked at, when, and how severe it was."""

    spent: int
    severity: float
    fails: bool
    label: str


def descent_chart(looks: Sequence[Look]) -> Markup:
    """Draw each arm over the trials spent so far, and the severity of the mildest failure as a line that falls."""
    last, most = max(look.spent for look in looks), max(look.severity for look in looks)

    def x(spent: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * spent / last, 1)

    def y(severity: float) -> float:
        return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1.0 - severity / most), 1)

    parts = []
    for share in (0.0, 0.5, 1.0):
        down = y(share * most)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{down}" y2="{down}"/>')
        parts.append(f'<text class="tick rate" x="{_LEFT - 6}" y="{down + 4}">{share * most:.3g}</text>')
        parts.append(f'<text class="tick" x="{x(share * last)}" y="{_HEIGHT - 20}">{share * last:.0f}</text>')
    line: list[tuple[float, float]] = []
    mildest: float | None = None
    for look in looks:
        if mildest is not None:
            line.append((x(look.spent), y(mildest)))
        if look.fails and (mildest is None or look.severity < mildest):
            mildest = look.severity
            line.append((x(look.spent), y(mildest)))
    parts.append(f'<polyline class="curve" points="{joined(line)}"/>')
    for look in looks:
        title = f"<title>{escape(look.label)}</title>"
        across, down = x(look.spent), y(look.severity)
        if look.fails:
            parts.append(f'<path class="fails" d="M{across - 4} {down - 4}l8 8m0 -8l-8 8">{title}</path>')
        else:
            parts.append(f'<circle class="passes" cx="{across}" cy="{down}" r="4">{title}</circle>')
    parts.append(f'<text class="tick" x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT - 4}">trials so far</text>')
    label = (
        f"Severity of each of {len(looks)} arms over the trials so far; "
        f"{sum(look.fails for look in looks)} failed, the mildest at {mildest or 0.0:g}"
    )
    return Markup(  # built of numbers and escaped text
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )
