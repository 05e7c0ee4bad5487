"""``validation.html``: the page that an engineer signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vla_sim.report.page import page_environment
from vla_sim.validation.report import verdict_line


def page_text(content: Mapping[str, Any]) -> str:
    """Return the text of ``validation.html`` for the content of ``validation.json``."""
    environment = page_environment()
    environment.filters |= {"value": _value, "fact": _fact}
    return environment.get_template("validation.html").render(content=content, line=verdict_line(content))


def _value(check: Mapping[str, Any]) -> str:
    return "not measured" if check["value"] is None else f"{check['value']:.4g} {check['unit']}".rstrip()


def _fact(value: Any) -> str:
    """Write a fact as people read it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_fact(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(_fact, value)) or "none"
    if value is None:
        return "unknown"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
