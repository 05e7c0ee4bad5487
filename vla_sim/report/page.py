"""What the pages have in common: they are filled in strictly, and what comes from outside stays text."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined


def page_environment() -> Environment:
    """Return what fills in the templates of this package."""
    environment = Environment(
        loader=PackageLoader("vla_sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": _percent,
        "interval": _interval,
        "signed": _signed,
        "points": _points,
        "p": _p_value,
    }
    return environment


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _interval(ends: Sequence[float | None] | None) -> str:
    if ends is None:
        return "no trials"
    low, high = ends
    return f"{low:.0%} to " + ("any" if high is None else f"{high:.0%}")


def _points(ends: Sequence[float] | None) -> str:
    return "–" if ends is None else f"{ends[0] * 100:+.0f} to {ends[1] * 100:+.0f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:+.0f} points"


def _p_value(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
