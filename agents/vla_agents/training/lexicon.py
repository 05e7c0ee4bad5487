"""More ways to say things than the tasks' own training split has, from ``lexicon.yaml``.

None of the tasks' held-out templates and names is in there: ``tests/agents/training/test_sentences.py`` sees to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml


def read(module: Path) -> dict[str, Any]:
    """Return what the file of the same name says beside a module."""
    said: dict[str, Any] = yaml.safe_load(module.with_suffix(".yaml").read_text(encoding="utf-8"))
    return said


def groups(lists: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    """Return lists as tuples."""
    return {name: tuple(each) for name, each in lists.items()}


_FILE = read(Path(__file__))
COLOURS, NOUNS = groups(_FILE["colours"]), groups(_FILE["nouns"])
FORMS: tuple[str, ...] = tuple(_FILE["forms"])
"""Ways to join the name of a colour and of a thing."""
TEMPLATES = groups(_FILE["templates"])
"""By skill."""
BEARINGS = groups(_FILE["bearings"])
"""By side."""
METRES: tuple[str, ...] = tuple(_FILE["metres"])
DEGREES: tuple[str, ...] = tuple(_FILE["degrees"])
POLITE: tuple[str, ...] = tuple(_FILE["polite"])
"""What may be put about a goal."""
