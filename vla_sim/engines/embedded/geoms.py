"""Visuals and collisions as geoms: one where the two coincide, else visuals apart from hidden collisions."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco

from vla_sim.engines.embedded import shapes
from vla_sim.engines.embedded.looks import Looks, colour
from vla_sim.engines.embedded.meshes import Meshes
from vla_sim.engines.embedded.skin import boxes_behind
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

MAX_FRICTION = 10.0
"""Larger coefficients (some worlds say 1e5) hold no better and condition the solver badly."""

CONTACT_STIFFNESS = (0.02, 1.0)
CONTACT_IMPEDANCE = (0.95, 0.99, 0.001, 0.5, 2.0)
"""Stiffer than MuJoCo's default, so that wheels sink in less; a shorter time constant makes dragged casters hop."""
CONTACT_MARGIN = 0.00017
"""How deep [m] gravity presses a robot into such a contact. Contacts push from so far away on: what the file puts down
touching is at rest at once, instead of falling for a step and bouncing, and wheels roll on their radius."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """The body that carries a link: ``offset`` is the link's pose in it, ``model`` the index of the link's model."""

    model: int
    link: scene.Link
    body: mujoco.MjsBody
    offset: Pose
    moves: bool
    wheel: bool = False


@dataclass(slots=True)
class MadeGeom:
    """A geom; ``feels`` names the link and the collision behind it, None for a mere visual."""

    geom: mujoco.MjsGeom
    feels: tuple[str, str] | None = None


class Geoms:
    """The geoms of a model description in the making, by the index of their model."""

    def __init__(self, spec: mujoco.MjSpec):
        self._looks = Looks(spec)
        self._meshes = Meshes(spec, self._looks)
        self.made: dict[int, list[MadeGeom]] = {}
        self.images = self._looks.images
        self.issues = self._meshes.issues

    def add(self, carrier: Carrier) -> None:
        """Add a link's visuals and collisions. The collisions of wheels stay apart: they change their shape."""
        merged: set[int] = set()
        skins, scanned = self._skins(carrier)
        for visual in carrier.link.visuals:
            same = (k for k, one in enumerate(carrier.link.collisions) if k not in merged and _coincide(visual, one))
            partner = None if carrier.wheel else next(same, None)
            collision = None if partner is None else carrier.link.collisions[partner]
            group = shapes.GROUP_DRAWN if visual.name in skins else shapes.GROUP_SEEN
            if self._add_visual(carrier, visual, collision, group) and partner is not None:
                merged.add(partner)
        for k, collision in enumerate(carrier.link.collisions):
            if k not in merged:
                self._add_collision(carrier, collision, scanned.get(k))

    def _skins(self, carrier: Carrier) -> tuple[set[str], dict[int, scene.Visual]]:
        """Return the names of the visuals that are skins of boxes, and for each box, by index, the visual on it."""
        skins: set[str] = set()
        scanned: dict[int, scene.Visual] = {}
        for visual in () if carrier.moves else carrier.link.visuals:
            surfaces = self._meshes.drawn(visual.geometry)
            if not surfaces or visual.transparency >= 1:
                continue
            behind = boxes_behind(surfaces, visual.pose, carrier.link.collisions)
            if behind:
                skins.add(visual.name)
                scanned |= dict.fromkeys(behind, visual)
        return skins, scanned

    def _add_visual(
        self, carrier: Carrier, visual: scene.Visual, collision: scene.Collision | None, mesh_group: int
    ) -> bool:
        """Add a visual; return whether its geom is also the coinciding collision."""
        material = visual.material or scene.Material()
        rgba = colour(material, visual.transparency)
        pose = carrier.offset * visual.pose
        solid = shapes.primitive(visual.geometry, carrier.moves)
        if solid is None:
            if rgba[3] > 0:
                self._add_mesh(carrier, pose, visual, rgba, mesh_group)
            return False
        if rgba[3] <= 0 and collision is None:
            return False
        drawn = None if material.texture is None else self._meshes.textured(visual.geometry, material)
        group = shapes.GROUP_SEEN if drawn is None else shapes.GROUP_SCANNED
        made = self._add(carrier, pose * solid.pose, shapes.GROUP_HIDDEN if rgba[3] <= 0 else group)
        geom = made.geom
        geom.type, geom.size, geom.rgba = solid.type, solid.size, rgba
        geom.material = self._looks.material(material, shapes.repeats(visual.geometry))
        if drawn is not None and rgba[3] > 0:
            stand_in = self._add(carrier, pose, shapes.GROUP_DRAWN).geom
            stand_in.type = shapes.GeomType.mjGEOM_MESH
            stand_in.meshname, stand_in.material, stand_in.rgba = drawn, self._looks.material(material), rgba
        if collision is not None:
            self._collide(carrier, made, collision)
        return collision is not None

    def _add_mesh(self, carrier: Carrier, pose: Pose, visual: scene.Visual, rgba: scene.Rgba, group: int) -> None:
        for part in self._meshes.visual(visual.geometry, visual.material):
            geom = self._add(carrier, pose, group).geom
            geom.type = shapes.GeomType.mjGEOM_MESH
            geom.meshname, geom.material = part.mesh, part.material
            geom.rgba = part.rgba if visual.material is None else rgba

    def _add_collision(self, carrier: Carrier, collision: scene.Collision, skin: scene.Visual | None = None) -> None:
        pose = carrier.offset * collision.pose
        solid = shapes.primitive(collision.geometry, carrier.moves)
        if solid is None:
            for mesh in self._meshes.hulls(collision.geometry):
                made = self._add(carrier, pose, shapes.GROUP_HIDDEN)
                made.geom.type, made.geom.meshname = shapes.GeomType.mjGEOM_MESH, mesh
                self._collide(carrier, made, collision)
            return
        made = self._add(carrier, pose * solid.pose, shapes.GROUP_HIDDEN if skin is None else shapes.GROUP_SCANNED)
        made.geom.type, made.geom.size = solid.type, solid.size
        if skin is not None:
            # The ray camera sees the box in the mean colour of its skin.
            part = self._meshes.visual(skin.geometry, skin.material)[0]
            made.geom.material, made.geom.rgba = part.material, part.rgba
        if carrier.wheel and isinstance(collision.geometry, scene.Cylinder):
            # A cylinder's edges scrub and lose up to a fifth of the yaw; an ellipsoid touches at one point.
            radius, half_width = solid.size[0], solid.size[1]
            made.geom.type, made.geom.size = shapes.GeomType.mjGEOM_ELLIPSOID, (radius, radius, half_width)
        self._collide(carrier, made, collision)

    def _add(self, carrier: Carrier, pose: Pose, group: int) -> MadeGeom:
        geom = carrier.body.add_geom(
            pos=pose.position, quat=pose.rotation, group=group, contype=0, conaffinity=0, mass=0.0
        )
        made = MadeGeom(geom)
        self.made.setdefault(carrier.model, []).append(made)
        return made

    def _collide(self, carrier: Carrier, made: MadeGeom, collision: scene.Collision) -> None:
        geom, surface = made.geom, collision.surface
        made.feels = (carrier.link.name, collision.name)
        geom.contype, geom.conaffinity = (1, 1) if carrier.moves else (0, 1)
        geom.friction = (min(max(surface.mu, 0.0), MAX_FRICTION), surface.torsional or 0.005, 0.0001)
        geom.solref, geom.solimp = CONTACT_STIFFNESS, CONTACT_IMPEDANCE
        geom.margin = CONTACT_MARGIN if carrier.moves else 0.0
        geom.condim = 3 if surface.torsional is None else 4


def _coincide(visual: scene.Visual, collision: scene.Collision) -> bool:
    return visual.geometry == collision.geometry and shapes.same_place(visual.pose, collision.pose)
