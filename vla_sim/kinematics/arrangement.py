"""The links of a model as trees, and the joints that close loops."""

from __future__ import annotations

from dataclasses import dataclass

from vla_sim.sdf.scene import Joint, Link, Model

WORLD = "world"


@dataclass(frozen=True, slots=True)
class Placed:
    """A link in a tree: ``joint`` ties it to ``parent`` (a link's name, ``"world"``, or None for a free link)."""

    link: Link
    parent: str | None
    joint: Joint | None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Links in an order in which a parent precedes its children, and the joints left over (kinematic loops)."""

    placed: tuple[Placed, ...]
    loops: tuple[Joint, ...]


def arrange(model: Model) -> Arrangement:
    """Arrange the links: the first joint that names a link as its child ties it, further ones close loops.

    Where the joints form a ring, the first link of the ring in the file becomes free.
    """
    names = {link.name for link in model.links}
    tie: dict[str, Joint] = {}
    loops: list[Joint] = []
    for joint in model.joints:
        known = joint.child in names and (joint.parent in names or joint.parent == WORLD)
        if known and joint.child not in tie and joint.child != joint.parent:
            tie[joint.child] = joint
        else:
            loops.append(joint)

    children: dict[str, list[str]] = {}
    for child, joint in tie.items():
        children.setdefault(joint.parent, []).append(child)
    links = {link.name: link for link in model.links}
    placed: list[Placed] = []
    reached: set[str] = set()

    def grow(start: str) -> None:
        pending = [start]
        while pending:
            name = pending.pop()
            if name in reached:
                continue
            reached.add(name)
            joint = tie.get(name)
            placed.append(Placed(links[name], joint.parent if joint else None, joint))
            pending.extend(reversed(children.get(name, [])))

    for link in model.links:
        if link.name not in tie or tie[link.name].parent == WORLD:
            grow(link.name)
    for link in model.links:
        if link.name not in reached:
            loops.append(tie.pop(link.name))
            grow(link.name)
    return Arrangement(tuple(placed), tuple(loops))
