"""The console that commands print to."""

from __future__ import annotations

from rich.console import Console

_PLAIN_WIDTH = 140
"""Columns where the output is no terminal."""


def make_console() -> Console:
    """Return a console as wide as the terminal; wide enough for tables where there is none."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    return console
