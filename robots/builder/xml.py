"""SDF elements in few words, and the inertia of the bodies that the shapes stand for."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Vector = tuple[float, float, float]
Element = ET.Element

NAMESPACE = "https://vla-sim.org/sdf"
ET.register_namespace("vla_sim", NAMESPACE)


def text(tag: str, value: object, **attributes: str) -> Element:
    """Return an element that holds a text."""
    element = Element(tag, attributes)
    element.text = value if isinstance(value, str) else numbers(value if isinstance(value, Sequence) else [value])  # type: ignore[list-item]
    return element


def node(tag: str, *children: Element, **attributes: str) -> Element:
    """Return an element that holds others."""
    element = Element(tag, attributes)
    element.extend(children)
    return element


def numbers(values: Sequence[float]) -> str:
    """Format numbers as SDF wants them: spaces between, no trailing zeros."""
    return " ".join(f"{value + 0.0:.10g}" for value in values)


def pose(at: Sequence[float] = (0, 0, 0), turn: Sequence[float] = (0, 0, 0), relative_to: str | None = None) -> Element:
    """Return a pose: position [m], then roll, pitch, yaw [rad]."""
    return text("pose", (*at, *turn), **({"relative_to": relative_to} if relative_to else {}))


def look(colour: str, roughness: float = 0.5, metalness: float = 0.1) -> Element:
    """Return a material of a colour ``#rrggbb``."""
    rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    shine = round(0.5 * (1 - roughness), 3)
    return node(
        "material",
        text("ambient", (*rgb, 1)),
        text("diffuse", (*rgb, 1)),
        text("specular", (shine, shine, shine, 1)),
        node("pbr", node("metal", text("roughness", roughness), text("metalness", metalness))),
    )


@dataclass(frozen=True)
class Solid:
    """A box of ``size``, or a cylinder of radius and length along z, somewhere on a link."""

    size: tuple[float, ...]
    at: Vector = (0.0, 0.0, 0.0)
    turn: Vector = (0.0, 0.0, 0.0)

    def geometry(self) -> Element:
        """Return the geometry element."""
        if len(self.size) == 3:
            return node("geometry", node("box", text("size", self.size)))
        radius, length = self.size
        return node("geometry", node("cylinder", text("radius", radius), text("length", length)))

    def visual(self, name: str, material: Element) -> Element:
        """Return it as something seen."""
        return node("visual", pose(self.at, self.turn), self.geometry(), material, name=name)

    def collision(self, name: str, friction: float | None = None) -> Element:
        """Return it as something touched."""
        parts = [pose(self.at, self.turn), self.geometry()]
        if friction is not None:
            ode = node("ode", text("mu", friction), text("mu2", friction))
            parts.append(node("surface", node("friction", ode)))
        return node("collision", *parts, name=name)

    def inertial(self, mass: float) -> Element:
        """Return the inertia of a body of this shape and mass, evenly filled."""
        if len(self.size) == 3:
            x, y, z = (side**2 for side in self.size)
            moments = (mass / 12 * (y + z), mass / 12 * (x + z), mass / 12 * (x + y))
        else:
            radius, length = self.size
            across = mass / 12 * (3 * radius**2 + length**2)
            moments = (across, across, mass / 2 * radius**2)
        inertia = node(
            "inertia",
            *(text(tag, moment) for tag, moment in zip(("ixx", "iyy", "izz"), moments, strict=True)),
            *(text(tag, 0) for tag in ("ixy", "ixz", "iyz")),
        )
        return node("inertial", pose(self.at, self.turn), text("mass", mass), inertia)


def document(model: Element) -> str:
    """Return a model as the text of an SDF file."""
    root = node("sdf", model, version="1.9")
    ET.indent(root)
    written = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0"?>\n<!-- Written by robots/build.py: edit that, not this. -->\n{written}\n'


def read_model(path: Path) -> Element:
    """Return the model of an SDF file, its comments kept."""
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))  # noqa: S314 (our own file)
    model = ET.parse(path, parser).getroot().find("model")  # noqa: S314
    assert model is not None
    return model


def config(name: str, description: str) -> str:
    """Return the text of a ``model.config``."""
    return (
        f'<?xml version="1.0"?>\n<model>\n  <name>{name}</name>\n  <version>1.0</version>\n'
        '  <sdf version="1.9">model.sdf</sdf>\n  <author>\n    <name>vla_sim</name>\n  </author>\n'
        f"  <description>\n    {description}\n  </description>\n</model>\n"
    )
