"""``<include>``: from a URI to the model, light or actor that a file holds."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from vla_sim.sdf.document import Node, read_document, shorten
from vla_sim.sdf.reading import NEWEST, Reading, Version, read_version

MAX_INCLUDE_DEPTH = 32

INCLUDABLE = ("model", "light", "actor")


@dataclass(frozen=True, slots=True)
class Included:
    """The element that an include brings in, its version, and the files on the way to it."""

    node: Node
    version: Version
    chain: tuple[Path, ...]


def open_include(node: Node, reading: Reading, chain: tuple[Path, ...]) -> Included | None:
    """Return what an include brings in, or None (with an issue) where that lies on the web.

    Raises:
        InputError: nothing is there, it holds nothing to include, or it includes itself.
    """
    uri_node = node.need("uri")
    found = reading.resources.find(uri_node.text, uri_node)
    if found is None:
        reading.report(node, "models on the web are not fetched; put a copy in a resource folder and name it model://")
        return None
    file = model_file(found, uri_node) if os.path.isdir(found) else found
    if file in chain:
        raise uri_node.error(f"{shorten(uri_node.text)!r} includes itself; break the circle")
    if len(chain) >= MAX_INCLUDE_DEPTH:
        raise uri_node.error(f"includes are nested deeper than {MAX_INCLUDE_DEPTH}")
    root = reading.document(file)
    version = read_version(root, reading)
    for tag in INCLUDABLE:
        content = root.child(tag)
        if content is not None:
            return Included(content, version, (*chain, file))
    raise root.error("holds no <model> to include")


def model_file(folder: Path, asker: Node) -> Path:
    """Return a model folder's SDF file: the newest readable one that ``model.config`` lists, or ``model.sdf``."""
    config = folder / "model.config"
    if not os.path.isfile(config):
        if os.path.isfile(folder / "model.sdf"):
            return folder / "model.sdf"
        raise asker.error(f"the folder {str(folder)!r} has neither model.config nor model.sdf")
    root = read_document(config)
    listed = [(_listed_version(entry), entry) for entry in root.all("sdf") if entry.text]
    readable = [pair for pair in listed if pair[0] <= NEWEST] or listed
    if not readable:
        raise root.error('lists no model file; add <sdf version="1.9">model.sdf</sdf>')
    _, entry = max(readable, key=lambda pair: pair[0])
    path = Path(os.path.abspath(folder / entry.text))
    if not path.is_relative_to(folder):
        raise entry.error(f"{shorten(entry.text)!r} leads out of the model's folder")
    if not os.path.isfile(path):
        raise entry.error(f"{shorten(entry.text)!r} is not found in the model's folder")
    return path


def _listed_version(entry: Node) -> Version:
    match = re.fullmatch(r"([0-9]{1,4})\.([0-9]{1,4})", entry.attribute("version") or "")
    return (int(match.group(1)), int(match.group(2))) if match else (0, 0)
