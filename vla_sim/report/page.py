"""What the pages have in common: they are filled in strictly, and what comes from outside stays text."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined


def page_environment() -> Environment:
    """Return what fills in the templates of this package."""
    return Environment(
        loader=PackageLoader("vla_sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
