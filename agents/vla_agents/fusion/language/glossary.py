"""Names of colours and shapes that the reader never met, in words that it knows: looked up, not learned.

The sentence encoder knows many words by the company they keep, and few by what they look like: to it "emerald" is a
gem. WordNet 3.0 (Princeton University 2006; Fellbaum 1998) says what is a kind of what. Below each colour stand all
hyponyms of its chromatic colour in WordNet, below each shape those one step below its solid or round shape, but for
names that the reader was trained on. Nothing was added, and nothing left out for what the tasks happen to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

COLOURS: Mapping[str, tuple[str, ...]] = {
    "red": (
        "alizarine red", "burgundy", "cardinal", "carmine", "cerise", "cherry", "chrome red", "claret", "crimson",
        "deep red", "fuschia", "orange red", "oxblood red", "purplish red", "sanguine", "scarlet", "turkey red",
        "vermilion", "wine", "wine coloured",
    ),
    "green": (
        "blue green", "bluish green", "bottle green", "chartreuse", "chrome green", "emerald", "jade green",
        "olive green", "paris green", "pea green", "sage green", "sea green", "teal", "viridity", "yellow green",
        "yellowish green",
    ),
    "blue": (
        "aqua", "aquamarine", "azure", "cerulean", "cobalt blue", "dark blue", "greenish blue", "lazuline", "navy blue",
        "peacock blue", "powder blue", "prussian blue", "purplish blue", "steel blue", "turquoise", "ultramarine",
    ),
    "yellow": (
        "brownish yellow", "canary", "gamboge", "greenish yellow", "lemon", "lemon yellow", "maize", "ocher", "ochre",
        "old gold", "orange yellow", "pale yellow", "saffron", "straw", "wheat",
    ),
    "purple": ("reddish blue", "reddish purple", "royal purple", "tyrian purple", "violet"),
    "orange": ("reddish orange", "tangerine"),
}  # fmt: skip
SHAPES: Mapping[str, tuple[str, ...]] = {
    "ball": ("conglobation", "conglomeration", "drop", "pearl", "sphere"),
    "cylinder": ("brake drum", "roller", "shank", "stalactite", "stalagmite", "stem", "tube"),
    "cone": ("conoid", "funnel", "funnel shape"),
    "cube": ("goldbrick", "quadrate", "regular hexahedron", "tesseract"),
}
_BEFORE = ("the", "a", "an", "that", "this", "my", "your", "is", "in", "painted", "of", "coloured", "colored")
"""What stands before the name of a thing or of its colour; elsewhere "drop" is something to do."""


def _pattern(names: Mapping[str, tuple[str, ...]], before: tuple[str, ...]) -> re.Pattern[str]:
    every = sorted((name for group in names.values() for name in group), key=len, reverse=True)
    known = "|".join(rf"{re.escape(name)}".replace(r"\ ", "[ -]") for name in every)
    # "Cherry" is looked up, "cherry red" says it by itself.
    return re.compile(rf"\b({'|'.join(before)}) ({known})\b(?! (?:{'|'.join(COLOURS)})\b)", re.IGNORECASE)


def _by_name(names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: kind for kind, group in names.items() for name in group}


_KIND = _by_name(COLOURS) | _by_name(SHAPES)
_COLOUR = _pattern(COLOURS, _BEFORE)
_SHAPE = _pattern(SHAPES, (*_BEFORE, *COLOURS))


def plainly(words: str) -> str:
    """Return words with the names of colours and shapes that only the glossary knows replaced by plain ones.

    >>> plainly("head over to the azure sphere")
    'head over to the blue ball'
    >>> plainly("drop it and go to the cone that is lemon yellow")
    'drop it and go to the cone that is yellow'
    """
    for pattern in (_COLOUR, _SHAPE):
        words = pattern.sub(lambda found: f"{found[1]} {_KIND[found[2].lower().replace('-', ' ')]}", words)
    return words
