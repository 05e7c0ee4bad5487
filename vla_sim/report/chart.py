"""Severity curves as inline SVG; colours come from the page's style sheet."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from vla_sim.report.svg import joined

_WIDTH, _HEIGHT = 320, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 10, 34


def severity_chart(curve: dict[str, Any]) -> Markup:
    """Return the chart of one entry of ``curves`` in a summary: rates with intervals over the severity."""
    points = curve["points"]
    most = float(points[-1]["severity"])

    def x(severity: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * severity / most, 1)

    def y(rate: float) -> float:
        return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1.0 - rate), 1)

    parts = []
    for rate in (0.0, 0.5, 1.0):
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(rate)}" y2="{y(rate)}"/>')
        parts.append(f'<text class="tick rate" x="{_LEFT - 6}" y="{y(rate) + 4}">{rate:.0%}</text>')
    threshold = y(curve["threshold"])
    parts.append(f'<line class="threshold" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{threshold}" y2="{threshold}"/>')
    highs = [(x(point["severity"]), y(point["interval"][1])) for point in points]
    lows = [(x(point["severity"]), y(point["interval"][0])) for point in points]
    parts.append(f'<polygon class="band" points="{joined([*highs, *reversed(lows)])}"/>')
    rates = [(x(point["severity"]), y(point["success"])) for point in points]
    parts.append(f'<polyline class="curve" points="{joined(rates)}"/>')
    for point, (across, down) in zip(points, rates, strict=True):
        parts.append(f'<circle class="dot" cx="{across}" cy="{down}" r="3.5"/>')
        parts.append(f'<text class="tick" x="{across}" y="{_HEIGHT - 18}">{point["severity"]:g}</text>')
    parts.append(f'<text class="tick" x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT - 3}">severity</text>')
    said = "; ".join(f"{point['severity']:g}: {point['success']:.0%} (n {point['counted']})" for point in points)
    label = escape(f"Success by severity of {curve['name']} in {curve['scenario']}: {said}")
    return Markup(  # every text in it was escaped above
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )
