"""Faults of the goal's words: what is wrong with them when they reach the agent. The goal that is judged stays."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults import lexicon
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.goal_text import LENGTH
from vla_sim.sensing.reading import Modality, Stream

Words = NDArray[Any]

_LANGUAGE: frozenset[Modality] = frozenset({"language"})
_DRAWS = 4 * LENGTH
_TOKEN = re.compile(r"[A-Za-z]+|[^A-Za-z]+")


class _Spoken(DataKind):
    """A fault that is drawn once for each sentence: words that are said again are garbled in the same way."""

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._draws: dict[str, list[float]] = {}

    @abstractmethod
    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return what is heard of a sentence; ``draws`` are uniform numbers that belong to it."""

    def corrupt(self, data: Words, values: Values) -> Words:
        """Return the words as they are heard."""
        words = str(data)
        if words not in self._draws:
            self._draws[words] = self.rng.random(_DRAWS).tolist()
        heard = self.garble(words, self._draws[words], values)[:LENGTH]
        return data if heard == words else np.array(heard)


_PER_WORD = "of the words"


@register
class Typo(_Spoken):
    """Letters that are mistyped: a neighbour on the keyboard, left out, typed twice, or swapped with the next one.

    Levels: our own, from two letters in a hundred to two in five.
    """

    family = "language"
    name = "typo"
    modalities = _LANGUAGE
    parameters = (Parameter("rate", "of the letters", (0.02, 0.05, 0.1, 0.2, 0.4), "share that is mistyped", high=1.0),)

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the words with typing errors."""
        typed: list[str] = []
        for place, letter in enumerate(words):
            chance, way = draws[2 * place], draws[2 * place + 1]
            if not letter.isalpha() or chance >= values["rate"]:
                typed.append(letter)
            elif way < 0.4:
                keys = lexicon.NEIGHBOURS.get(letter.lower(), letter)
                typed.append(keys[int(way / 0.4 * len(keys))])
            elif way < 0.6:
                typed.append(letter * 2)
            elif way < 0.8 and typed:
                typed.insert(len(typed) - 1, letter)
        return "".join(typed)


@register
class SpeechNoise(_Spoken):
    """What a speech recogniser makes of it: words misheard, left out, or put in, in the proportion 3 : 1 : 1.

    Levels: our own, as word error rates, from a good recogniser in quiet to one that is lost in noise.
    """

    family = "language"
    name = "speech_noise"
    modalities = _LANGUAGE
    parameters = (Parameter("error_rate", _PER_WORD, (0.05, 0.1, 0.2, 0.35, 0.5), "words that go wrong", high=1.0),)

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the words as they were recognised."""
        heard = []
        for place, word in enumerate(words.split()):
            chance, way = draws[2 * place], draws[2 * place + 1]
            bare = word.strip(".,;:").lower()
            if chance >= values["error_rate"]:
                heard.append(word)
            elif way < 0.6:
                heard.append(lexicon.MISHEARD.get(bare, bare[::-1] if len(bare) < 4 else bare[:-1]))
            elif way >= 0.8:
                heard += [lexicon.FILLERS[int((way - 0.8) / 0.2 * len(lexicon.FILLERS))], word]
        return " ".join(heard)


@register
class Filler(_Spoken):
    """Words that say nothing between those that do, as people speak.

    Levels: our own.
    """

    family = "language"
    name = "filler"
    modalities = _LANGUAGE
    parameters = (Parameter("rate", "of the gaps", (0.1, 0.2, 0.4, 0.7, 1.0), "gaps that are filled", high=1.0),)

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the words with fillers."""
        said = []
        for place, word in enumerate(words.split()):
            chance, which = draws[2 * place], draws[2 * place + 1]
            if chance < values["rate"]:
                said.append(lexicon.FILLERS[int(which * len(lexicon.FILLERS))])
            said.append(word)
        return " ".join(said)


@register
class OtherLanguage(_Spoken):
    """Words in German, French or Spanish, drawn once a sentence: word for word, as by somebody who mixes languages.

    At severity 1 every word is foreign that the lexicon has, which covers what training sentences say.
    """

    family = "language"
    name = "other_language"
    modalities = _LANGUAGE
    parameters = (Parameter("share", _PER_WORD, (0.2, 0.4, 0.6, 0.8, 1.0), "words that are foreign", high=1.0),)

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the words, some of them foreign."""
        language = lexicon.LANGUAGES[int(draws[-1] * len(lexicon.LANGUAGES))]
        return _exchanged(words, draws, values["share"], lambda word, _: language.get(word))


@register
class Truncated(_Spoken):
    """The end of the sentence is missing, as of a button that was let go too soon.

    Levels: our own.
    """

    family = "language"
    name = "truncated"
    modalities = _LANGUAGE
    parameters = (Parameter("lost", _PER_WORD, (0.15, 0.3, 0.5, 0.7, 0.9), "words that are missing", high=1.0),)

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the beginning of the words."""
        said = words.split()
        return " ".join(said[: len(said) - round(values["lost"] * len(said))])


@register
class Ambiguous(_Spoken):
    """Colours, things, rooms, sides and measures become vague words, so that the goal is not told whole any more."""

    family = "language"
    name = "ambiguous"
    modalities = _LANGUAGE
    parameters = (Parameter("share", "of such words", (0.2, 0.4, 0.6, 0.8, 1.0), "words that are vague", high=1.0),)

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the vague words."""

        def vague(word: str, draw: float) -> str | None:
            if word in lexicon.COLOURS:
                return "coloured"
            if word in lexicon.NOUNS or word in ("block", "object"):
                return "thing"
            if word in lexicon.ROOMS or word == "living":
                return "place"
            if word in ("left", "right"):
                return "other"
            return {"metres": "steps", "metre": "step", "degrees": "bits", "front": "view"}.get(word)

        return _exchanged(words, draws, values["share"], vague)


@register
class WrongObject(_Spoken):
    """A colour, a thing, a room or a side is another one than was meant: the words are clear, and wrong."""

    family = "language"
    name = "wrong_object"
    modalities = _LANGUAGE
    parameters = (Parameter("probability", "of such words", (0.2, 0.4, 0.6, 0.8, 1.0), "that are wrong", high=1.0),)

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the words of another goal."""

        def other(word: str, draw: float) -> str | None:
            for group in (lexicon.COLOURS, lexicon.NOUNS, lexicon.ROOMS):
                if word in group:
                    rest = [one for one in group if one != word]
                    return rest[int(draw * len(rest))]
            return lexicon.OPPOSITES.get(word)

        return _exchanged(words, draws, values["probability"], other)


@register
class Contradictory(_Spoken):
    """The sentence takes itself back, each with a probability: what is asked and its contrary, in one breath."""

    family = "language"
    name = "contradictory"
    modalities = _LANGUAGE
    parameters = (Parameter.probability("share of such sentences"),)

    CONTRARIES = ("and do not do that", "but stay where you are", "no, do the opposite", "and also never do this")

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the words with their contrary."""
        if draws[0] >= values["probability"]:
            return words
        return f"{words}, {self.CONTRARIES[int(draws[1] * len(self.CONTRARIES))]}"


@register
class Missing(_Spoken):
    """No words at all, each sentence with a probability: a microphone that is off."""

    family = "language"
    name = "missing"
    modalities = _LANGUAGE
    parameters = (Parameter.probability("share of sentences unheard"),)

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return nothing, or the words."""
        return "" if draws[0] < values["probability"] else words


@register
class OtherGoal(_Spoken):
    """Another goal is heard instead, each sentence with a probability; with an onset it changes in mid-episode."""

    family = "language"
    name = "other_goal"
    modalities = _LANGUAGE
    parameters = (Parameter.probability("share of such sentences"),)

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the words of another goal, or the same."""
        if draws[0] >= values["probability"]:
            return words
        colours = [colour for colour in lexicon.COLOURS if colour not in words]
        nouns = lexicon.NOUNS
        return f"go to the {colours[int(draws[1] * len(colours))]} {nouns[int(draws[2] * len(nouns))]}"


@register
class Paraphrase(_Spoken):
    """The same goal in words that are held out from training: other templates, other names of colours and things.

    The sentence changes only where its template is known.

    Levels: our own; names change sooner than sentences.
    """

    family = "language"
    name = "paraphrase"
    modalities = _LANGUAGE
    parameters = (
        Parameter("names", "of the names", (0.25, 0.5, 0.75, 1.0, 1.0), "share of names that change", high=1.0),
        Parameter("sentence", "1", (0.2, 0.4, 0.6, 0.8, 1.0), "probability that the template changes", high=1.0),
    )

    def garble(self, words: str, draws: list[float], values: Values) -> str:
        """Return the same goal in other words."""
        from vla_sim.tasks.rewording import other_name, reworded

        if draws[-1] < values["sentence"]:
            words = reworded(words, draws[-2]) or words
        return _exchanged(words, draws, values["names"], other_name)


def _exchanged(words: str, draws: list[float], share: float, other: Callable[[str, float], str | None]) -> str:
    """Return words of which a share of those that ``other`` knows (in lower case) is exchanged."""
    parts = []
    for place, token in enumerate(_TOKEN.findall(words)):
        found = other(token.lower(), draws[2 * place + 1]) if token[0].isalpha() else None
        parts.append(token if found is None or draws[2 * place] >= share else found)
    return "".join(parts)
