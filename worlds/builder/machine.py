"""Models that move: links with a mass, tied by joints, as SDF text."""

from __future__ import annotations

from dataclasses import dataclass

from builder.sdf import Pose, Shapes, Vector, indent, numbers


def box_inertia(mass: float, size: Vector) -> Vector:
    """Return the principal moments [kg m2] of a solid box of these edges [m]."""
    x, y, z = (edge * edge for edge in size)
    return (mass * (y + z) / 12, mass * (x + z) / 12, mass * (x + y) / 12)


def cylinder_inertia(mass: float, radius: float, length: float) -> Vector:
    """Return the principal moments [kg m2] of a solid upright cylinder."""
    across = mass * (3 * radius**2 + length**2) / 12
    return (across, across, mass * radius**2 / 2)


@dataclass
class Link(Shapes):
    """A rigid body with a mass [kg], principal moments [kg m2] and the height of its centre of mass [m]."""

    mass: float = 1.0
    inertia: Vector = (0.01, 0.01, 0.01)
    centre: float = 0.0

    def sdf(self) -> str:
        """Return the ``link`` element."""
        names = ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
        moments = "".join(
            f"<{name}>{value:.4g}</{name}>" for name, value in zip(names, (*self.inertia, 0, 0, 0), strict=True)
        )
        inertial = (
            f"<inertial>\n  <pose>0 0 {self.centre:g} 0 0 0</pose>\n  <mass>{self.mass:g}</mass>\n"
            f"  <inertia>{moments}</inertia>\n"
            "</inertial>"
        )
        body = "\n".join([f"<pose>{numbers(self.pose)}</pose>", inertial, *self.parts])
        return f'<link name="{self.name}">\n{indent(body)}</link>'


@dataclass(frozen=True)
class Slide:
    """A prismatic joint from ``lower`` to ``upper`` [m] along ``axis`` of the child's frame."""

    name: str
    parent: str
    child: str
    axis: Vector
    lower: float
    upper: float
    damping: float
    friction: float = 0.0
    stiffness: float = 0.0
    """Of a spring that is at rest at zero [N/m]."""

    def sdf(self) -> str:
        """Return the ``joint`` element."""
        spring = f"<spring_stiffness>{self.stiffness:g}</spring_stiffness><spring_reference>0</spring_reference>"
        dynamics = f"<damping>{self.damping:g}</damping><friction>{self.friction:g}</friction>"
        dynamics += spring if self.stiffness else ""
        return (
            f'<joint name="{self.name}" type="prismatic">\n'
            f"  <parent>{self.parent}</parent>\n  <child>{self.child}</child>\n  <axis>\n"
            f"    <xyz>{numbers(self.axis)}</xyz>\n"
            f"    <limit><lower>{self.lower:g}</lower><upper>{self.upper:g}</upper></limit>\n"
            f"    <dynamics>{dynamics}</dynamics>\n  </axis>\n</joint>"
        )


@dataclass(frozen=True)
class Machine:
    """A model of links that move, the first one freely."""

    name: str
    pose: Pose
    links: tuple[Link, ...]
    slides: tuple[Slide, ...] = ()

    def sdf(self) -> str:
        """Return the ``model`` element."""
        body = [f"<pose>{numbers(self.pose)}</pose>", *(part.sdf() for part in (*self.links, *self.slides))]
        text = indent("\n".join(body))
        return f'<model name="{self.name}">\n{text}</model>'
