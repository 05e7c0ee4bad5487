"""``score.html``: a bag's score as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vla_sim.report.page import page_environment
from vla_sim.ros.bags.chart import Points, Rows, presence, trace

AXES = (("Speed", "m/s", 0), ("Yaw rate", "rad/s", 1))


def page_text(score: Mapping[str, Any], rows: Rows) -> str:
    """Return the text of ``score.html``.

    Args:
        score: the content of ``score.json``.
        rows: those of ``decisions.jsonl``.
    """
    end = max(float(row["time"]) for row in rows)
    side = "faulted" if score["faulted"] else "clean"
    windows = [
        (float(window["start"]), end if window["end"] is None else float(window["end"]))
        for window in (score["faulted"] or {"windows": []})["windows"]
    ]
    charts = [(f"{name} [{unit}]", trace(name, unit, _speeds(rows, axis), windows, end)) for name, unit, axis in AXES]
    certainty = {style: points for style in ("clean", "faulted") if (points := _certainty(rows, style))}
    if certainty:
        charts.append(("Certainty", trace("Certainty", "0 to 1", certainty, windows, end)))
    environment = page_environment()
    environment.filters |= {"figure": _figure, "share": _share}
    return environment.get_template("score.html").render(
        score=score,
        charts=charts,
        side=side,
        sensors=presence(rows, side, list(score["topics"]["sensors"]), score["topics"]["missing"], end),
        comparisons=_comparisons(score),
    )


def _speeds(rows: Rows, axis: int) -> dict[str, Points]:
    """Return speeds or yaw rates by who had them; what was recorded lies beneath the others."""
    series: dict[str, Points] = {
        "recorded": [(row["time"], row["recorded"][axis]) for row in rows if row["recorded"] is not None]
    }
    for style in ("clean", "faulted"):
        series[style] = [(row["time"], row[style]["command"][axis]) for row in rows if row.get(style) is not None]
    return {style: points for style, points in series.items() if points}


def _certainty(rows: Rows, side: str) -> Points:
    return [
        (row["time"], row[side]["certainty"]["total"])
        for row in rows
        if row.get(side) is not None and row[side]["certainty"] is not None
    ]


def _comparisons(score: Mapping[str, Any]) -> Sequence[tuple[str, Mapping[str, Any]]]:
    found = [
        ("Faulted to clean", score["difference"]),
        ("Clean to recorded", score["agreement"]["clean"]),
        ("Faulted to recorded", score["agreement"].get("faulted")),
    ]
    return [(name, difference) for name, difference in found if difference is not None]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
