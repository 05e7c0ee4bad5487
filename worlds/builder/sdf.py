"""Models and worlds as SDF 1.9 text, in the few elements that these worlds need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self
from xml.sax.saxutils import escape

Vector = tuple[float, float, float]
Pose = tuple[float, float, float, float, float, float]
"""x, y, z [m], roll, pitch, yaw [rad]."""

HEADER = '<?xml version="1.0"?>\n<!-- Written by worlds/build.py: edit that, not this. -->\n'


def numbers(values: Sequence[float]) -> str:
    """Format numbers as SDF wants them: spaces between, no trailing zeros."""
    return " ".join(f"{value + 0.0:.6g}" for value in values)


def indent(text: str) -> str:
    """Indent every line by one level."""
    return "".join(f"  {line}\n" for line in text.splitlines())


@dataclass(frozen=True)
class Look:
    """How a surface looks: a colour ``#rrggbb``, or a texture that covers each face once (a path beside the file)."""

    colour: str = "#ffffff"
    texture: str | None = None
    roughness: float = 0.8
    metalness: float = 0.0

    def sdf(self) -> str:
        """Return the ``material`` element."""
        rgb = [int(self.colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        shine = round(0.5 * (1 - self.roughness), 3)
        lines = [
            f"<ambient>{numbers(rgb)} 1</ambient>",
            f"<diffuse>{numbers(rgb)} 1</diffuse>",
            f"<specular>{numbers([shine] * 3)} 1</specular>",
        ]
        metal = [f"<albedo_map>{escape(self.texture)}</albedo_map>"] if self.texture else []
        metal += [f"<roughness>{self.roughness:g}</roughness>", f"<metalness>{self.metalness:g}</metalness>"]
        pbr = indent("\n".join(metal))
        lines.append(f"<pbr>\n{indent(f'<metal>{chr(10)}{pbr}</metal>')}</pbr>")
        return f"<material>\n{indent(chr(10).join(lines))}</material>"


def box(size: Vector) -> str:
    """Return a box of these edge lengths."""
    return f"<box><size>{numbers(size)}</size></box>"


def cylinder(radius: float, length: float) -> str:
    """Return an upright cylinder."""
    return f"<cylinder><radius>{radius:g}</radius><length>{length:g}</length></cylinder>"


def sphere(radius: float) -> str:
    """Return a sphere."""
    return f"<sphere><radius>{radius:g}</radius></sphere>"


def plane(size: tuple[float, float]) -> str:
    """Return a horizontal plane that faces up."""
    return f"<plane><normal>0 0 1</normal><size>{numbers(size)}</size></plane>"


def mesh(path: str, scale: Vector = (1, 1, 1)) -> str:
    """Return a mesh file beside the SDF file."""
    return f"<mesh><uri>{escape(path)}</uri><scale>{numbers(scale)}</scale></mesh>"


@dataclass
class Shapes:
    """What is seen and what is touched of one rigid body, put together part by part."""

    name: str
    pose: Pose = (0, 0, 0, 0, 0, 0)
    parts: list[str] = field(default_factory=list)
    count: int = 0

    def see(self, geometry: str, at: Vector, look: Look, yaw: float = 0.0) -> Self:
        """Add what is seen only."""
        self.count += 1
        self.parts.append(
            f'<visual name="visual_{self.count}">\n'
            f"  <pose>{numbers((*at, 0, 0, yaw))}</pose>\n"
            f"  <geometry>{geometry}</geometry>\n{indent(look.sdf())}</visual>"
        )
        return self

    def touch(self, geometry: str, at: Vector, mu: float | None = None, yaw: float = 0.0) -> Self:
        """Add what is touched only."""
        self.count += 1
        surface = ""
        if mu is not None:
            surface = f"  <surface><friction><ode><mu>{mu:g}</mu><mu2>{mu:g}</mu2></ode></friction></surface>\n"
        self.parts.append(
            f'<collision name="collision_{self.count}">\n'
            f"  <pose>{numbers((*at, 0, 0, yaw))}</pose>\n"
            f"  <geometry>{geometry}</geometry>\n{surface}</collision>"
        )
        return self

    def solid(self, geometry: str, at: Vector, look: Look, mu: float | None = None) -> Self:
        """Add what is seen and touched."""
        return self.see(geometry, at, look).touch(geometry, at, mu)


@dataclass
class Model(Shapes):
    """A static model of one link."""

    def sdf(self) -> str:
        """Return the ``model`` element."""
        link = f'<link name="link">\n{indent(chr(10).join(self.parts))}</link>'
        return (
            f'<model name="{self.name}">\n  <static>true</static>\n'
            f"  <pose>{numbers(self.pose)}</pose>\n{indent(link)}</model>"
        )

    def folder(self, description: str) -> dict[str, str]:
        """Return the files of a model folder by name."""
        config = (
            f'<?xml version="1.0"?>\n<model>\n  <name>{self.name}</name>\n  <version>1.0</version>\n'
            '  <sdf version="1.9">model.sdf</sdf>\n  <author>\n    <name>vla_sim</name>\n  </author>\n'
            f"  <description>{escape(description)}</description>\n</model>\n"
        )
        return {"model.sdf": f'{HEADER}<sdf version="1.9">\n{indent(self.sdf())}</sdf>\n', "model.config": config}


def include(name: str, uri: str, pose: Pose) -> str:
    """Return an ``include`` element."""
    return f"<include>\n  <name>{name}</name>\n  <uri>{uri}</uri>\n  <pose>{numbers(pose)}</pose>\n</include>"


def sun(direction: Vector, level: float) -> str:
    """Return the directional light of a world; it stands back along its direction."""
    at = [-12 * value for value in direction]
    return (
        '<light name="sun" type="directional">\n'
        f"  <pose>{numbers((*at, 0, 0, 0))}</pose>\n  <cast_shadows>true</cast_shadows>\n"
        f"  <diffuse>{numbers([level] * 3)} 1</diffuse>\n  <specular>0.2 0.2 0.2 1</specular>\n"
        f"  <direction>{numbers(direction)}</direction>\n</light>"
    )


_SYSTEMS = """\
<plugin filename="gz-sim-physics-system" name="gz::sim::systems::Physics"/>
<plugin filename="gz-sim-user-commands-system" name="gz::sim::systems::UserCommands"/>
<plugin filename="gz-sim-scene-broadcaster-system" name="gz::sim::systems::SceneBroadcaster"/>
<plugin filename="gz-sim-sensors-system" name="gz::sim::systems::Sensors">
  <render_engine>ogre2</render_engine>
</plugin>
<plugin filename="gz-sim-imu-system" name="gz::sim::systems::Imu"/>
<plugin filename="gz-sim-contact-system" name="gz::sim::systems::Contact"/>"""


def world(name: str, ambient: float, background: Vector, parts: Sequence[str]) -> str:
    """Return a whole world file: physics, systems and scene around its lights, models and includes."""
    head = (
        '<physics name="1ms" type="ignored">\n  <max_step_size>0.001</max_step_size>\n'
        "  <real_time_factor>1</real_time_factor>\n</physics>\n"
        f"{_SYSTEMS}\n<gravity>0 0 -9.8</gravity>\n"
        f"<scene>\n  <ambient>{numbers([ambient] * 3)} 1</ambient>\n"
        f"  <background>{numbers(background)} 1</background>\n"
        "  <shadows>true</shadows>\n  <grid>false</grid>\n</scene>"
    )
    body = f'<world name="{name}">\n{indent((chr(10) * 2).join([head, *parts]))}</world>'
    lines = f'{HEADER}<sdf version="1.9">\n{indent(body)}</sdf>\n'.splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"
