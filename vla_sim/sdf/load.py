"""Load SDF files: worlds, models, or either for viewing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf.assembly import assemble
from vla_sim.sdf.document import Node
from vla_sim.sdf.includes import model_file
from vla_sim.sdf.reading import Reading, Version, read_version
from vla_sim.sdf.resources import Resources
from vla_sim.sdf.scene import Collision, Light, Link, Material, Model, Plane, Visual, World
from vla_sim.sdf.scope import WORLD
from vla_sim.sdf.worlds import read_world


def load_world(path: Path | str, *, resource_paths: Sequence[Path] = (), strict: bool = False) -> World:
    """Read a world file.

    Args:
        path: the file.
        resource_paths: folders searched first for models, meshes and textures (see :mod:`vla_sim.sdf.resources`).
        strict: raise for the first element that is not supported, instead of listing it in ``World.issues``.

    Raises:
        InputError: the file is missing, is no SDF world, or holds something wrong; it names the file and line.
    """
    file, reading = _open(path, resource_paths)
    root = reading.document(file)
    version = read_version(root, reading)
    node = root.child("world")
    if node is None:
        raise root.error("holds no <world>; load it as a model or choose a world file")
    return _read(node, version, file, reading, strict)


def load_model(path_or_uri: Path | str, *, resource_paths: Sequence[Path] = (), strict: bool = False) -> Model:
    """Read a model: its file, its folder, or its ``model://`` URI. ``Model.pose`` is what the file states.

    Raises:
        InputError: as for :func:`load_world`.
    """
    file, reading = _open(path_or_uri, resource_paths)
    root = reading.document(file)
    world = _read_alone(root, read_version(root, reading), file, reading, strict)
    if not world.models:
        raise root.error("holds no model with a link")
    return world.models[0]


def load_file(path: Path | str, *, resource_paths: Sequence[Path] = (), strict: bool = False) -> World:
    """Read a world or model, whichever the file holds; a model folder or a ``model://`` URI will do too.

    A model by itself becomes a world for viewing: the model comes last, on a ground plane under a sun.
    """
    file, reading = _open(path, resource_paths)
    root = reading.document(file)
    version = read_version(root, reading)
    node = root.child("world")
    if node is not None:
        return _read(node, version, file, reading, strict)
    world = _read_alone(root, version, file, reading, strict)
    return replace(world, models=(_ground(), *world.models), lights=(_SUN,))


def _read_alone(root: Node, version: Version, file: Path, reading: Reading, strict: bool) -> World:
    """Read the model of a file as the only one of a world."""
    model = root.child("model")
    if model is None:
        raise root.error("holds no <model>; choose another file")
    alone = Node("world", {"name": "showcase"}, model.file, model.line, children=[model])
    return _read(alone, version, file, reading, strict)


def _open(path: Path | str, resource_paths: Sequence[Path]) -> tuple[Path, Reading]:
    """Return the file to read, found in its folder or by its URI, and a reading that can look up resources."""
    uri = str(path)
    asker = Node("uri", {}, Path(uri), 1)
    if uri.startswith(_URI_SCHEMES):
        located = Resources.around(None, resource_paths).locate(uri, Path())
        if located is None:
            raise InputError("is not found; add its folder to the resource paths", file=uri)
        found = located
    else:
        found = Path(os.path.abspath(path))
    file = model_file(found, asker) if os.path.isdir(found) else found
    return file, Reading(Resources.around(file, resource_paths))


def _read(node: Node, version: Version, file: Path, reading: Reading, strict: bool) -> World:
    scope = assemble(node, version, WORLD, reading, (file,))
    world = read_world(scope, reading)
    issues = reading.issues()
    if strict and issues:
        first = issues[0]
        raise InputError(first.message, file=first.file, line=first.line, field=f"<{first.element}>")
    return replace(world, issues=issues, source=file)


_URI_SCHEMES = ("model://", "package://")

_SUN = Light(
    "sun",
    "directional",
    Pose((0.0, 0.0, 10.0)),
    diffuse=(0.8, 0.8, 0.8, 1.0),
    specular=(0.2, 0.2, 0.2, 1.0),
    direction=(-0.4, 0.2, -0.9),
    cast_shadows=True,
)


def _ground() -> Model:
    plane = Plane((0.0, 0.0, 1.0), (20.0, 20.0))
    grey = Material(ambient=(0.6, 0.6, 0.6, 1.0), diffuse=(0.6, 0.6, 0.6, 1.0))
    link = Link(
        "link",
        Pose(),
        visuals=(Visual("visual", Pose(), plane, grey),),
        collisions=(Collision("collision", Pose(), plane),),
    )
    return Model("ground_plane", Pose(), (link,), static=True, canonical_link="link")
