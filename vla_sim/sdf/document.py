"""XML text to a tree of nodes that know their file and line, and that remember which of them a reader asked for.

No DTD, no entity and no network: a ``<!DOCTYPE>`` is refused, so neither XML bombs nor external entities exist here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from vla_sim.errors import InputError

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_ELEMENTS = 500_000
MAX_DEPTH = 100
MAX_NAME = 256


@dataclass(slots=True, eq=False)
class Node:
    """One XML element. ``seen`` is set once a reader asked for it; ``closed`` once its content needs no report."""

    tag: str
    attributes: dict[str, str]
    file: Path
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)
    seen: bool = False
    closed: bool = False

    def child(self, tag: str) -> Node | None:
        """Return the first child of that tag, or None."""
        for child in self.children:
            if child.tag == tag:
                child.seen = True
                return child
        return None

    def need(self, tag: str) -> Node:
        """Return the first child of that tag; InputError where there is none."""
        child = self.child(tag)
        if child is None:
            raise self.error(f"<{tag}> is missing; add it inside <{self.tag}>")
        return child

    def all(self, tag: str) -> list[Node]:
        """Return every child of that tag, in the file's order."""
        found = [child for child in self.children if child.tag == tag]
        for child in found:
            child.seen = True
        return found

    def attribute(self, name: str) -> str | None:
        """Return an attribute without the blanks around it; None where it is missing or empty."""
        return self.attributes.get(name, "").strip() or None

    def need_attribute(self, name: str) -> str:
        """Return an attribute; InputError where it is missing or empty."""
        value = self.attribute(name)
        if value is None:
            raise self.error(f'needs a {name}="..." that is not empty')
        return value

    def name(self) -> str:
        """Return the element's name; InputError where it is missing or too long to be one."""
        name = self.need_attribute("name")
        if len(name) > MAX_NAME:
            raise self.error(f"the name {shorten(name)!r} is longer than {MAX_NAME} characters")
        return name

    def need_text(self, tag: str) -> str:
        """Return the text of the first child of that tag; InputError where there is none."""
        text = self.need(tag).text
        if not text:
            raise self.need(tag).error("is empty; name something")
        return text

    def close(self) -> None:
        """Say that nothing inside this element needs a report."""
        self.seen = self.closed = True

    def error(self, message: str) -> InputError:
        """Return the error that points at this element."""
        return InputError(message, file=self.file, line=self.line, field=f"<{shorten(self.tag)}>")

    def size(self) -> int:
        """Return the number of elements here and below."""
        return sum(1 for _ in self.walk())

    def walk(self) -> Iterator[Node]:
        """Yield this element and all below it in the file's order."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))


def shorten(text: str) -> str:
    """Return a text cut to what fits in an error line."""
    return text if len(text) <= 60 else text[:57] + "..."


def read_document(path: Path) -> Node:
    """Parse an XML file; InputError where it is not one, too large, too deep, or carries a DTD."""
    return parse_document(_read_bytes(path), path)


def parse_document(text: bytes, path: Path) -> Node:
    """Parse XML text; ``path`` is what errors name."""
    builder = _TreeBuilder(path)
    parser = builder.parser
    try:
        parser.Parse(_without_comments(text), True)
    except expat.ExpatError as error:
        message = expat.errors.messages.get(error.code, str(error.code))
        raise InputError(f"not well-formed XML: {message}", file=path, line=error.lineno) from error
    except (LookupError, ValueError) as error:  # an encoding that is unknown, or that does not fit the bytes
        raise InputError(f"cannot decode: {error}; save it as UTF-8", file=path) from error
    return builder.root(path)


def _without_comments(text: bytes) -> bytes:
    """Return XML text with its comments blanked out, its lines kept and its declaration first.

    Comments that hold ``--`` and blanks before ``<?xml`` are not XML, yet Gazebo's parser takes them, and worlds that
    people have hold both.
    """
    declaration = _LATE_DECLARATION.match(text)
    if declaration is not None:
        text = declaration.group(2) + declaration.group(1) + text[declaration.end() :]
    parts: list[bytes] = []
    start = 0
    while (opening := _OPENING.search(text, start)) is not None:
        comment = opening.group() == b"<!--"
        closing = b"-->" if comment else b"]]>"
        end = text.find(closing, opening.end())
        if end < 0:
            break
        end += len(closing)
        body = text[opening.start() : end]
        parts += (text[start : opening.start()], b"\n" * body.count(b"\n") if comment else body)
        start = end
    return b"".join([*parts, text[start:]])


_LATE_DECLARATION = re.compile(rb"(\s+)(<\?xml\s[^>]*\?>)")
_OPENING = re.compile(rb"<!--|<!\[CDATA\[")


def _read_bytes(path: Path) -> bytes:
    if not os.path.isfile(path):
        raise InputError("no such file", file=path)
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise InputError(f"{size} bytes are more than the {MAX_FILE_BYTES} that are read", file=path)
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error


class _TreeBuilder:
    """Builds the tree from expat's events, without recursion."""

    def __init__(self, path: Path):
        self._path = path
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self._root: Node | None = None
        self._count = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype

    def root(self, path: Path) -> Node:
        if self._root is None:
            raise InputError("holds no XML element", file=path)
        return self._root

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        node = Node(tag, attributes, self._path, self.parser.CurrentLineNumber)
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise node.error(f"more than {MAX_ELEMENTS} elements; split the file")
        if len(self._open) >= MAX_DEPTH:
            raise node.error(f"elements are nested deeper than {MAX_DEPTH}; flatten them")
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)
        self._texts.append([])

    def _end(self, tag: str) -> None:
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def _characters(self, text: str) -> None:
        self._texts[-1].append(text)

    def _doctype(self, name: str, system_id: str | None, public_id: str | None, has_internal_subset: bool) -> None:
        raise InputError(
            "a <!DOCTYPE> is not allowed in SDF; remove it", file=self._path, line=self.parser.CurrentLineNumber
        )
