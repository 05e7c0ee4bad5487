"""Mesh files, cones and textured primitives as MuJoCo meshes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy.spatial import QhullError

from vla_sim.engines.embedded import mesh_file, surfaces
from vla_sim.engines.embedded.looks import Looks, colour
from vla_sim.engines.embedded.surfaces import Surface
from vla_sim.errors import InputError
from vla_sim.sdf import scene

MAX_FACES = 500_000
"""Meshes with more triangles are refused: they would draw for seconds."""

FARTHEST = 1e6
"""Vertices [m] from here on are refused."""

MAX_HULLS = 32
"""Parts of a mesh that collide each as a hull of its own; a mesh of more parts collides as one hull."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a visual mesh: names of the MuJoCo mesh and material, and its colour."""

    mesh: str
    material: str
    rgba: scene.Rgba


class Meshes:
    """The meshes of a model description in the making; equal ones are shared."""

    def __init__(self, spec: mujoco.MjSpec, looks: Looks):
        self._spec = spec
        self._looks = looks
        self._visuals: dict[object, list[tuple[str, scene.Material]]] = {}
        self._hulls: dict[object, list[str]] = {}
        self._textured: dict[object, str] = {}
        self._count = 0
        self.issues: list[scene.Issue] = []

    def visual(self, geometry: scene.Geometry, material: scene.Material | None) -> list[Part]:
        """Return the pieces to draw; ``material`` None: those of the mesh file itself."""
        if geometry not in self._visuals:
            self._visuals[geometry] = [(self._add(surface), look) for surface, look in _drawn(geometry)]
        parts = []
        for mesh, own in self._visuals[geometry]:
            look = material or own
            parts.append(Part(mesh, self._looks.material(look), colour(look)))
        return parts

    def drawn(self, geometry: scene.Geometry) -> list[Surface]:
        """Return the surfaces of a mesh or cone, nothing for other geometries."""
        return [surface for surface, _ in _drawn(geometry)]

    def hulls(self, geometry: scene.Geometry) -> list[str]:
        """Return the convex pieces that collide."""
        if geometry not in self._hulls:
            self._hulls[geometry] = [self._add(surface) for surface in self._collided(geometry)]
        return self._hulls[geometry]

    def textured(self, geometry: scene.Geometry, material: scene.Material) -> str | None:
        """Return the mesh that draws a primitive with a texture, or None for a plane, which needs no mesh."""
        if isinstance(geometry, scene.Plane):
            return None
        if geometry not in self._textured:
            surface = surfaces.textured(geometry)
            if surface is None:
                return None
            self._textured[geometry] = self._add(surface)
        return self._textured[geometry]

    def _add(self, surface: Surface) -> str:
        name = f"mesh {self._count}"
        self._count += 1
        mesh = self._spec.add_mesh(
            name=name,
            uservert=surface.vertices.astype(np.float64).ravel(),
            userface=surface.faces.astype(np.int32).ravel(),
            inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
        )
        if surface.uv is not None:
            # MuJoCo counts v from the top row of the picture, files from the bottom one.
            mesh.usertexcoord = (surface.uv.astype(np.float64) * (1, -1) + (0, 1)).ravel()
            mesh.userfacetexcoord = surface.faces.astype(np.int32).ravel()
        if surface.normals is not None:
            mesh.usernormal = surface.normals.astype(np.float64).ravel()
            mesh.userfacenormal = surface.faces.astype(np.int32).ravel()
        return name

    def _collided(self, geometry: scene.Geometry) -> list[Surface]:
        pieces = self.drawn(geometry)
        whole: Any = trimesh.util.concatenate([trimesh.Trimesh(p.vertices, p.faces) for p in pieces])
        whole.merge_vertices()
        parts = whole.split(only_watertight=False)
        if not 1 < len(parts) <= MAX_HULLS:
            parts = [whole]
        hulls = []
        for part in parts:
            hull = _hull(part)
            if hull is not None:
                hulls.append(Surface(hull.vertices, hull.faces))
                if part.is_watertight and hull.volume > 1.25 * abs(part.volume) and isinstance(geometry, scene.Mesh):
                    message = f"{geometry.path.name} is hollow or concave and collides as its convex hull"
                    self.issues.append(scene.Issue(str(geometry.path), 0, "mesh", message))
        return hulls


def _hull(part: Any) -> Any:
    """Return the convex hull of a mesh, or None where it is too flat or too small to have one."""
    if len(part.vertices) < 3:
        return None
    try:
        return part.convex_hull
    except (QhullError, ValueError):
        return None


def _drawn(geometry: scene.Geometry) -> list[tuple[Surface, scene.Material]]:
    match geometry:
        case scene.Cone(radius, length):
            return [(surfaces.cone(radius, length), scene.Material())]
        case scene.Mesh():
            return _load(geometry)
        case _:
            return []


@lru_cache(maxsize=64)
def _load(mesh: scene.Mesh) -> list[tuple[Surface, scene.Material]]:
    """Read a mesh file, scaled and cut to its submesh.

    Raises:
        InputError: it is missing, not readable, or too large.
    """
    path = Path(mesh.path)
    if not path.is_file():
        raise InputError("mesh file not found", file=path)
    mesh_file.check(path, MAX_FACES)
    try:
        loaded = trimesh.load_scene(path)
    except Exception as error:  # the readers behind trimesh raise anything at all on a broken file
        raise InputError(f"mesh cannot be read: {type(error).__name__}: {error}", file=path) from error
    drawn = (loaded.geometry[loaded.graph[node][1]] for node in loaded.graph.nodes_geometry)
    faces = sum(len(piece.faces) for piece in drawn if isinstance(piece, trimesh.Trimesh))
    if faces > MAX_FACES:
        raise InputError(f"mesh has {faces} triangles, more than {MAX_FACES}; simplify it", file=path)
    pieces = []
    for node in loaded.graph.nodes_geometry:
        transform, name = loaded.graph[node]
        piece = loaded.geometry[name]
        if not isinstance(piece, trimesh.Trimesh) or not len(piece.faces):
            continue
        if mesh.submesh and mesh.submesh not in (node, name) and not node.startswith(f"{mesh.submesh}_"):
            continue
        pieces.append((piece, np.asarray(transform)))
    if not pieces:
        wanted = f"submesh {mesh.submesh!r}" if mesh.submesh else "triangles"
        raise InputError(f"mesh holds no {wanted}", file=path)
    centre = np.zeros(3)
    if mesh.submesh and mesh.centre_submesh:
        points = np.concatenate([trimesh.transform_points(p.vertices, t) for p, t in pieces])
        centre = (points.min(axis=0) + points.max(axis=0)) / 2
    return [_converted(piece, transform, centre, mesh) for piece, transform in pieces]


def _converted(
    piece: trimesh.Trimesh, transform: NDArray[np.float64], centre: NDArray[np.float64], mesh: scene.Mesh
) -> tuple[Surface, scene.Material]:
    scale = np.asarray(mesh.scale)
    vertices = (trimesh.transform_points(piece.vertices, transform) - centre) * scale
    faces = np.asarray(piece.faces)
    if np.linalg.det(transform[:3, :3]) * np.prod(np.sign(scale)) < 0:
        faces = faces[:, ::-1]
    if not np.all(np.abs(vertices) < FARTHEST):
        raise InputError(f"mesh has vertices that are not finite, or {FARTHEST:g} m away or more", file=mesh.path)
    uv = getattr(piece.visual, "uv", None)
    surface = Surface(vertices, faces, None if uv is None or len(uv) != len(vertices) else np.asarray(uv))
    return surface, _own_material(piece, mesh.path)


def _own_material(piece: trimesh.Trimesh, path: Path) -> scene.Material:
    look = getattr(piece.visual, "material", None)
    rgba = getattr(look, "main_color", None)
    if rgba is None:
        return scene.Material()
    red, green, blue, alpha = (float(channel) / 255 for channel in np.asarray(rgba)[:4])
    return scene.Material(diffuse=(red, green, blue, alpha or 1.0))
