"""``<link>``: a rigid body with what it shows, touches and senses."""

from __future__ import annotations

from vla_sim.geometry import Pose
from vla_sim.sdf import values
from vla_sim.sdf.document import Node, shorten
from vla_sim.sdf.geometry import read_geometry
from vla_sim.sdf.inertial import read_inertial
from vla_sim.sdf.lights import read_light
from vla_sim.sdf.material import read_material
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.scene import Collision, Light, Link, Sensor, Visual
from vla_sim.sdf.scope import Scope
from vla_sim.sdf.sensors import read_sensor
from vla_sim.sdf.surface import read_surface


def read_link(scope: Scope, name: str, scoped_name: str, pose: Pose, reading: Reading, *, static: bool) -> Link:
    """Return a link of a scope; ``pose`` and ``scoped_name`` are as the top-level model knows it."""
    member = scope.links[name]
    node = member.node

    def local(holder: Node) -> Pose:
        return scope.local_pose(member, name, holder)

    collisions = _collisions(node, scope, name, reading)
    names = frozenset(collision.name for _, collision in collisions)
    sensors = (read_sensor(sensor, local(sensor), names, reading) for sensor in _named(node, "sensor"))
    lights = (read_light(light, local(light)) for light in _named(node, "light"))
    return Link(
        name=scoped_name,
        pose=pose,
        inertial=read_inertial(node, collisions, static=static),
        visuals=tuple(_visuals(node, scope, name, reading)),
        collisions=tuple(collision for _, collision in collisions),
        sensors=tuple(sensor for sensor in sensors if isinstance(sensor, Sensor)),
        lights=tuple(light for light in lights if isinstance(light, Light)),
        gravity=values.flag(node, "gravity", True),
        kinematic=values.flag(node, "kinematic", False),
    )


def _visuals(link: Node, scope: Scope, name: str, reading: Reading) -> list[Visual]:
    visuals = []
    for node in _named(link, "visual"):
        pose = scope.local_pose(scope.links[name], name, node)
        geometry = read_geometry(node, reading)
        material = read_material(node, reading)
        transparency = values.number(node, "transparency", 0.0, least=0, most=1)
        cast_shadows = values.flag(node, "cast_shadows", True)
        if geometry is not None:
            visuals.append(Visual(node.name(), pose, geometry, material, transparency, cast_shadows))
    return visuals


def _collisions(link: Node, scope: Scope, name: str, reading: Reading) -> list[tuple[Node, Collision]]:
    collisions = []
    for node in _named(link, "collision"):
        pose = scope.local_pose(scope.links[name], name, node)
        geometry = read_geometry(node, reading)
        surface = read_surface(node)
        node.child("density")
        if geometry is not None:
            collisions.append((node, Collision(node.name(), pose, geometry, surface)))
    return collisions


def _named(link: Node, tag: str) -> list[Node]:
    """Return the link's elements of that tag; InputError where two share a name."""
    nodes = link.all(tag)
    names: set[str] = set()
    for node in nodes:
        name = node.name()
        if name in names:
            raise node.error(f"the name {shorten(name)!r} is taken in this link; choose another")
        names.add(name)
    return nodes
