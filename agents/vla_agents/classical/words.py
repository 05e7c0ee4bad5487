"""From the words of a goal to what is asked, by keywords: no sentence is known as such."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

Action = Literal["reach", "between", "visit", "avoid", "wall", "turn", "straight", "stop", "unknown"]
Side = Literal["left", "right", "front", "back"]

NOUNS = ("cube", "ball", "cylinder", "cone")

COLOUR_WORDS = {
    "red": "red crimson scarlet ruby cherry",
    "green": "green emerald lime",
    "blue": "blue azure navy cobalt",
    "yellow": "yellow lemon golden",
    "purple": "purple violet lilac",
    "orange": "orange tangerine amber",
}
NOUN_WORDS = {
    "cube": "cube block box crate",
    "ball": "ball sphere globe orb",
    "cylinder": "cylinder tube can drum pillar column",
    "cone": "cone pylon",
}
_COLOUR_OF = {word: colour for colour, words in COLOUR_WORDS.items() for word in words.split()}
_NOUN_OF = {word: noun for noun, words in NOUN_WORDS.items() for word in words.split()}
_NUMBER_OF = {
    word: float(number)
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
    )
} | {"half a": 0.5}

_COLOUR, _NOUN = "|".join(_COLOUR_OF), "|".join(_NOUN_OF)
_THING = re.compile(
    rf"\b(?:(?P<c1>{_COLOUR})(?: (?:{_COLOUR}))?(?:[ -]colou?red)? (?P<n1>{_NOUN})"
    rf"|(?P<n2>{_NOUN}) (?:that is |which is |coloured |colored |in )?(?P<c2>{_COLOUR})(?: (?:{_COLOUR}))?)\b"
)
_LENGTH = re.compile(rf"\b(\d+(?:\.\d+)?|{'|'.join(_NUMBER_OF)}) ?(cm|centimet(?:re|er)s?|m|met(?:re|er)s?)\b")
_ANGLE = re.compile(r"\b(\d+(?:\.\d+)?) ?(?:degrees?|deg|°)")

_BETWEEN = re.compile(r"\b(between|midway|halfway|middle|centre|center|on one side)\b")
_AVOID = re.compile(r"\b(away|avoid|clear|nearer|closer|without|danger\w*|room|space|further|farther)\b")
_TARGET = re.compile(
    r"\b((go|drive|move|navigate|head|way|proceed|then|roll|come|get yourself)( over)? (to|for)"
    r"|make for|find|reach|approach|visit) $"
)
_LAST = re.compile(r"\b(before you( \w+){1,2}|end at|end up at|finish at|finally) $")
_IS_LAST = re.compile(r"^ (is (your|the) last|comes last|is last|after(?! that))\b")
_WALL = re.compile(r"\bwalls?\b")
_STOP = re.compile(r"\b(stop|halt|freeze|still|whoa|hold it|do not move|don't move)\b")
_UNNAMED = re.compile(r"\b(object|thing|item|something|whatever|what)\b")
_FLAT = re.compile(r"\b(real|pictures?|images?|posters?|print(?:ed)?|photo\w*|painted|genuine)\b")
_SIDES: tuple[tuple[Side, str], ...] = (
    ("left", r"\bleft\b"),
    ("back", r"\b(behind|back|rear)\b"),
    ("front", r"\b(in front|ahead|before you)\b"),
    ("right", r"\bright\b"),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing that the words name; what they do not say is None. ``bearing`` is where it stands at the start."""

    colour: str | None = None
    noun: str | None = None
    bearing: Side | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: ``things`` in the order in which they matter, ``distance`` [m], ``angle`` [rad, left positive].

    ``reach`` with a distance means to stop there and face the thing; of ``avoid`` the second thing is the one to keep
    away from. ``solid`` warns of pictures.
    """

    action: Action
    things: tuple[Thing, ...] = ()
    side: Side | None = None
    distance: float | None = None
    angle: float | None = None
    solid: bool = False


def understand(words: str) -> Request:
    """Return what the words ask; action ``unknown`` where no keyword tells."""
    text = " ".join(re.sub(r"[,;:!?]|\.(?!\d)", " ", words.lower()).split())
    mentions = list(_THING.finditer(text))
    things = tuple(map(_thing, mentions))
    length, side = _length(text), _side(text)
    angle = _ANGLE.search(text)
    if angle and side in ("left", "right"):
        size = math.radians(float(angle[1]))
        return Request("turn", angle=size if side == "left" else -size)
    if _WALL.search(text) and not things:
        return Request("wall", side=side, distance=length)
    if len(things) >= 2:
        return _about_two(text, mentions, length)
    if things:
        return Request("reach", things, distance=length, solid=bool(_FLAT.search(text)))
    if length is not None:
        return Request("straight", distance=length)
    if side and _UNNAMED.search(text):
        return Request("reach", (Thing(bearing=side),))
    if _STOP.search(text):
        return Request("stop")
    thing = Thing(_first(_COLOUR_OF, text), _first(_NOUN_OF, text))
    return Request("unknown") if thing == Thing() else Request("reach", (thing,))


def _about_two(text: str, mentions: list[re.Match[str]], length: float | None) -> Request:
    first, second = mentions[:2]
    pair = _thing(first), _thing(second)
    before = [text[: mention.start()].removesuffix("the ") for mention in (first, second)]
    if _BETWEEN.search(text):
        return Request("between", pair)
    if length is not None or _AVOID.search(text):
        second_is_target = bool(_TARGET.search(before[1])) and not _TARGET.search(before[0])
        return Request("avoid", pair[::-1] if second_is_target else pair, distance=length)
    swapped = _LAST.search(before[0]) or _IS_LAST.search(text[first.end() :])
    return Request("visit", pair[::-1] if swapped else pair)


def _thing(mention: re.Match[str]) -> Thing:
    return Thing(_COLOUR_OF[mention["c1"] or mention["c2"]], _NOUN_OF[mention["n1"] or mention["n2"]])


def _length(text: str) -> float | None:
    found = _LENGTH.search(text)
    if found is None:
        return None
    number = _NUMBER_OF[found[1]] if found[1] in _NUMBER_OF else float(found[1])
    return number / 100.0 if found[2].startswith("c") else number


def _side(text: str) -> Side | None:
    return next((side for side, pattern in _SIDES if re.search(pattern, text)), None)


def _first(meanings: dict[str, str], text: str) -> str | None:
    return next((meanings[word] for word in text.split() if word in meanings), None)
