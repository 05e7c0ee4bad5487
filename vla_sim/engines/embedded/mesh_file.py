"""What a mesh file must not hold before a reader gets to see it: files come from anywhere, and readers trust them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from vla_sim.errors import InputError

MAX_BYTES = 128 * 2**20
"""Larger files are refused."""

MAX_INSTANCES = 10_000
"""Collada scenes that draw more meshes are refused."""

MAX_DEPTH = 100
"""Collada scenes whose nodes are nested deeper are refused."""


def check(path: Path, max_faces: int) -> None:
    """Check that a mesh file can be read in bounded time and memory.

    Raises:
        InputError: it is too large, or Collada with a document type, entities or a scene that multiplies itself.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"mesh file of {size >> 20} MB, more than {MAX_BYTES >> 20}; simplify it", file=path)
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"mesh cannot be read: {error.strerror}", file=path) from error
    if path.suffix.lower() == ".obj":
        faces = data.count(b"\nf ") + data.count(b"\rf ")
        if faces > max_faces:
            raise InputError(f"mesh has {faces} faces, more than {max_faces}; simplify it", file=path)
    if path.suffix.lower() == ".dae":
        _check_collada(path, data)


def _check_collada(path: Path, data: bytes) -> None:
    try:
        _refuse_doctype(path, data)
        root = ElementTree.fromstring(data)  # noqa: S314 - no entities without a document type
    except (ElementTree.ParseError, expat.ExpatError, ValueError, LookupError) as error:
        raise InputError(f"mesh is no XML: {error}", file=path) from error
    problem = _multiplied(root)
    if problem:
        raise InputError(f"mesh has {problem}; simplify it", file=path)


def _refuse_doctype(path: Path, data: bytes) -> None:
    """With a document type, finding out what a name means can take forever; it stands before the first element."""

    def refuse(*_: object) -> None:
        raise InputError("mesh has a document type, which may hold entities; take <!DOCTYPE ...> out", file=path)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(data, True)


def _multiplied(root: Element) -> str:
    """Return what is wrong with the scenes once all nodes they instantiate are written out, "" if nothing."""
    nodes = {node.get("id", ""): node for node in root.iter() if _tag(node) == "node"}
    known: dict[int, int] = {}
    open_nodes: set[int] = set()

    def count(node: Element, depth: int) -> int:
        key = id(node)
        if depth > MAX_DEPTH or key in open_nodes:
            raise RecursionError
        if key not in known:
            open_nodes.add(key)
            known[key] = 1 + total(node, depth + 1)
            open_nodes.discard(key)
        return known[key]

    def total(parent: Iterable[Element], depth: int) -> int:
        found = 0
        for child in parent:
            tag = _tag(child)
            if tag == "node":
                found += count(child, depth)
            elif tag == "instance_node":
                target = nodes.get(child.get("url", "").removeprefix("#"))
                found += 1 if target is None else count(target, depth)
            elif tag.startswith("instance_"):
                found += 1
        return found

    try:
        written = sum(total(scene, 0) for scene in root.iter() if _tag(scene) in ("visual_scene", "library_nodes"))
    except RecursionError:
        return f"nodes nested deeper than {MAX_DEPTH}, or in themselves"
    return f"{written} instances, more than {MAX_INSTANCES}" if written > MAX_INSTANCES else ""


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
