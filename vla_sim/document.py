"""YAML that remembers on which line every value stands, and that no file can blow up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vla_sim.errors import InputError

Loc = tuple[str | int, ...]
"""Keys and indices that lead to a value, as pydantic gives them."""

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML file: ``data`` made of JSON's types only, and the line of every value by its path."""

    data: Any
    file: Path
    lines: dict[Loc, int]

    def locate(self, loc: Sequence[str | int]) -> Loc:
        """Return the part of a model's path that the file has: a model may add steps of its own in between."""
        found: Loc = ()
        for part in loc:
            if (*found, part) in self.lines:
                found = (*found, part)
        return found

    def error(self, message: str, *loc: str | int) -> InputError:
        """Return an error that names the file, the line and the field at a path."""
        found = self.locate(loc)
        shown = (*found, loc[-1]) if loc and loc[-1] not in found and isinstance(loc[-1], str) else found
        return InputError(message, file=self.file, line=self.lines.get(found, 1), field=dotted(shown) or None)


def dotted(loc: Sequence[str | int]) -> str:
    """Write a path as people do.

    >>> dotted(("scenarios", 0, "arms", "dark"))
    'scenarios[0].arms.dark'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


class _Loader(yaml.SafeLoader):
    """YAML's safe loader without dates: a suite has only JSON's types."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        InputError: the file is missing, too large, no YAML, repeats a key, or nests or expands too far.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    if len(raw) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES} bytes", file=path)
    try:
        loader = _Loader(raw.decode("utf-8"))
        node = loader.get_single_node()
        if node is None:
            raise InputError("is empty", file=path)
        reader = _Reader(path, loader)
        return Document(reader.read(node, ()), path, reader.lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InputError(
            f"no valid YAML: {error.problem or error.context}", file=path, line=mark.line + 1 if mark else None
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise InputError(f"no valid YAML: {error}", file=path) from error
    except RecursionError:
        raise InputError("nests too deeply", file=path) from None


class _Reader:
    """Turns a tree of YAML nodes into plain data, noting lines and counting what aliases expand to."""

    def __init__(self, file: Path, loader: _Loader):
        self.file = file
        self.loader = loader
        self.lines: dict[Loc, int] = {}
        self.nodes = 0

    def read(self, node: yaml.Node, loc: Loc) -> Any:
        self.lines.setdefault(loc, node.start_mark.line + 1)
        self.nodes += 1
        if self.nodes > MAX_NODES or len(loc) > MAX_DEPTH:
            raise self._error("aliases or nesting expand too far", node, loc)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*loc, index)) for index, item in enumerate(node.value)]
        value = self.loader.construct_object(node)
        if value is not None and not isinstance(value, str | int | float | bool):
            raise self._error(f"a value of type {node.tag} has no place here; use text or a number", node, loc)
        return value

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.loader.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise self._error("a key must be text; put it in quotes", key_node, loc)
            if key in data:
                raise self._error(f"the key '{key}' stands here twice", key_node, (*loc, key))
            self.lines[(*loc, key)] = key_node.start_mark.line + 1
            data[key] = self.read(value_node, (*loc, key))
        return data

    def _error(self, message: str, node: yaml.Node, loc: Loc) -> InputError:
        return InputError(message, file=self.file, line=node.start_mark.line + 1, field=dotted(loc) or None)
