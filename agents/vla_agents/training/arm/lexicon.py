"""More ways to say what an arm is to do than the tasks' own training split has, from ``lexicon.yaml``.

None of the held-out ones is there: ``tests/agents/training/arm/test_arm_sentences.py`` sees to it.
"""

from __future__ import annotations

from pathlib import Path

from vla_agents.training.lexicon import groups, read

_FILE = read(Path(__file__))
NOUNS, SIDES, TEMPLATES = groups(_FILE["nouns"]), groups(_FILE["sides"]), groups(_FILE["templates"])
"""By kind, by side, by skill."""
