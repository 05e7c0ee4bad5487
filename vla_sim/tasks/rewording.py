"""Says a goal that was given in words in other words, which are held out from training."""

from __future__ import annotations

import re
from functools import cache

from vla_sim.tasks.language import COLOURS, NOUNS
from vla_sim.tasks.manipulation.language import SIDES, TABLE_NOUNS
from vla_sim.tasks.phrasebook import PHRASEBOOK

_SLOT = re.compile(r"\{(\w+)\}")
_FORMS = {
    "side": "left|right",
    "angle": r"[\d.]+ degrees",
    "distance": r"[\d.]+ metres?",
    "relation": "|".join(words for names in SIDES.values() for words in names.seen),
}
"""What stands in slots that could be mistaken for one another; in the others anything may."""


def other_name(word: str, draw: float) -> str | None:
    """Return a held-out name of a colour or a noun, chosen by a number in 0..1; None for any other word."""
    for names in (*COLOURS.values(), *NOUNS.values(), *TABLE_NOUNS.values()):
        if word in names.seen:
            return names.held_out[int(draw * len(names.held_out))]
    return None


def reworded(words: str, draw: float) -> str | None:
    """Return a held-out sentence for the same goal, chosen by a number in 0..1; None where no seen template fits."""
    fits = [
        (len(_SLOT.sub("", template)), entry, found.groupdict())
        for entry, template, pattern in _patterns()
        if (found := pattern.fullmatch(words))
    ]
    if not fits:
        return None
    # The template that says most itself is the one that was meant.
    _, entry, slots = max(fits, key=lambda fit: fit[0])
    _, held_out = PHRASEBOOK[entry]
    return held_out[int(draw * len(held_out))].format(**slots)


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple((entry, template, _pattern(template)) for entry, (seen, _) in PHRASEBOOK.items() for template in seen)


def _pattern(template: str) -> re.Pattern[str]:
    """Return what finds the slots of a template in a sentence."""
    literal = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(_SLOT.sub(lambda slot: f"(?P<{slot[1]}>{_FORMS.get(slot[1], '.+')})", literal))
