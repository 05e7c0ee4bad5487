"""A message that cannot be understood: counted, reported, and never an end of anything."""

from __future__ import annotations


class MalformedError(Exception):
    """A message holds what it must not; the text says what, for diagnostics."""
