"""``<material>``: colours, the PBR albedo map, and colours for the classic material scripts by name."""

from __future__ import annotations

import os
from pathlib import Path

from vla_sim.errors import InputError
from vla_sim.sdf import values
from vla_sim.sdf.document import Node, shorten
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.scene import Material, Rgba

_WHITE: Rgba = (1.0, 1.0, 1.0, 1.0)

SCRIPT_COLOURS: dict[str, tuple[float, float, float]] = {
    "Black": (0.0, 0.0, 0.0),
    "Blue": (0.0, 0.0, 1.0),
    "BlueLaser": (0.0, 0.0, 1.0),
    "BlueTransparent": (0.0, 0.0, 1.0),
    "Bricks": (0.6, 0.35, 0.28),
    "CeilingTiled": (0.85, 0.85, 0.83),
    "DarkGray": (0.175, 0.175, 0.175),
    "DarkGrey": (0.175, 0.175, 0.175),
    "DarkMagentaTransparent": (0.6, 0.0, 0.6),
    "DarkOrangeTransparent": (0.8, 0.4, 0.0),
    "DarkYellow": (0.7, 0.7, 0.0),
    "FlatBlack": (0.1, 0.1, 0.1),
    "Gold": (0.8, 0.65, 0.15),
    "Grass": (0.3, 0.5, 0.2),
    "Gray": (0.7, 0.7, 0.7),
    "Green": (0.0, 1.0, 0.0),
    "GreenTransparent": (0.0, 1.0, 0.0),
    "Grey": (0.7, 0.7, 0.7),
    "Indigo": (0.33, 0.0, 0.5),
    "Orange": (1.0, 0.51, 0.05),
    "OrangeTransparent": (1.0, 0.44, 0.0),
    "Purple": (1.0, 0.0, 1.0),
    "PurpleTransparent": (1.0, 0.0, 1.0),
    "Red": (1.0, 0.0, 0.0),
    "RedBright": (1.0, 0.0, 0.0),
    "RedTransparent": (1.0, 0.0, 0.0),
    "Residential": (0.6, 0.6, 0.58),
    "Road": (0.25, 0.25, 0.25),
    "SkyBlue": (0.13, 0.44, 0.7),
    "Turquoise": (0.0, 1.0, 1.0),
    "White": (1.0, 1.0, 1.0),
    "Wood": (0.55, 0.38, 0.22),
    "WoodFloor": (0.55, 0.4, 0.25),
    "WoodPallet": (0.65, 0.5, 0.33),
    "Yellow": (1.0, 1.0, 0.0),
    "YellowTransparent": (1.0, 1.0, 0.0),
    "ZincYellow": (0.97, 0.97, 0.21),
}
"""Plain colours that stand for the scripts of Gazebo classic; textured ones are approximated by their mean colour."""


def read_material(visual: Node, reading: Reading) -> Material | None:
    """Return a visual's material, or None where it states none.

    What is left out follows what is stated: diffuse takes ambient's colour (white under a texture), and the reverse.
    """
    node = visual.child("material")
    if node is None:
        return None
    scripted = _script_colour(node, reading)
    texture, metalness, roughness = _surface_look(node, reading)
    plain = Material()
    diffuse = _stated(node, "diffuse") or scripted or (_WHITE if texture else None)
    ambient = _stated(node, "ambient") or scripted
    return Material(
        ambient=ambient or diffuse or plain.ambient,
        diffuse=diffuse or ambient or plain.diffuse,
        specular=values.colour(node, "specular", plain.specular),
        emissive=values.colour(node, "emissive", plain.emissive),
        texture=texture,
        metalness=metalness,
        roughness=roughness,
    )


def _stated(node: Node, tag: str) -> Rgba | None:
    child = node.child(tag)
    return values.colour(node, tag, _WHITE) if child is not None and child.text else None


def _script_colour(node: Node, reading: Reading) -> Rgba | None:
    script = node.child("script")
    if script is None:
        return None
    name = (values.text(script, "name") or "").removeprefix("Gazebo/")
    colour = SCRIPT_COLOURS.get(name)
    if colour is None:
        reading.report(script, "material scripts are not read; state <ambient>, <diffuse> or a <pbr> texture")
        return None
    script.close()
    return (*colour, 1.0)


def _surface_look(node: Node, reading: Reading) -> tuple[Path | None, float, float]:
    """Return the albedo map, metalness and roughness of the PBR workflow that the material states."""
    pbr = node.child("pbr")
    if pbr is None:
        return None, 0.0, 1.0
    metal = pbr.child("metal")
    if metal is not None:
        return (
            _texture(metal, reading),
            values.number(metal, "metalness", 0.5, least=0, most=1),
            values.number(metal, "roughness", 0.5, least=0, most=1),
        )
    glossy = pbr.child("specular")
    if glossy is not None:
        return _texture(glossy, reading), 0.0, 1.0 - values.number(glossy, "glossiness", 0.0, least=0, most=1)
    return None, 0.0, 1.0


def _texture(workflow: Node, reading: Reading) -> Path | None:
    node = workflow.child("albedo_map")
    if node is None or not node.text:
        return None
    try:
        path = reading.resources.locate(node.text, node.file.parent)
    except InputError as error:
        raise node.error(error.message) from None
    if path is None:
        reading.report(node, f"{shorten(node.text)!r} is not found; drawn without")
        return None
    if not os.path.isfile(path):
        raise node.error("names a folder, not an image")
    return path
