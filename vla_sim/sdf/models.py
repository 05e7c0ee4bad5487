"""From a model's scope to a flat :class:`~vla_sim.sdf.scene.Model`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vla_sim.geometry import Pose
from vla_sim.sdf import values
from vla_sim.sdf.joints import read_joint
from vla_sim.sdf.links import read_link
from vla_sim.sdf.plugins import read_model_plugin
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.scene import Frame, Joint, Link, Model, Plugin
from vla_sim.sdf.scope import WORLD, Scope


def read_model(scope: Scope, pose: Pose, reading: Reading) -> Model | None:
    """Return a top-level model with its nested models flattened in, or None (with an issue) if it has no link."""
    placed = list(_nested(_Part(scope, "", None, scope.static, pinned=False)))
    links = tuple(link for part in placed for link in part.links(reading))
    if not links:
        reading.note(scope.node, "a model without any link is left out")
        return None
    joints = tuple(joint for part in placed for joint in part.joints(reading))
    plugins = tuple(plugin for part in placed for plugin in part.plugins(reading))
    return Model(
        name=scope.name,
        pose=pose,
        links=links,
        joints=joints,
        plugins=plugins,
        static=scope.static,
        self_collide=values.flag(scope.node, "self_collide", False),
        canonical_link=scope.canonical_link(scope.node),
        frames=tuple(frame for part in placed for frame in part.frames()),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One scope within a top-level model: the prefix of its names, and its frame in the model's (None: the same).

    ``pinned`` says that it is static while the top-level model is not: joints then fix its links to the world.
    """

    scope: Scope
    prefix: str
    pose: Pose | None
    static: bool
    pinned: bool

    def to_top(self, pose: Pose) -> Pose:
        return pose if self.pose is None else self.pose * pose

    def links(self, reading: Reading) -> Iterator[Link]:
        for name, member in self.scope.links.items():
            pose = self.to_top(self.scope.place(name, member.node))
            yield read_link(self.scope, name, self.prefix + name, pose, reading, static=self.static)

    def joints(self, reading: Reading) -> Iterator[Joint]:
        for name in self.scope.joints:
            joint = read_joint(self.scope, name, reading)
            if joint is not None:
                parent = joint.parent if joint.parent == WORLD else self.prefix + joint.parent
                yield replace(joint, name=self.prefix + name, parent=parent, child=self.prefix + joint.child)
        if self.pinned:
            for name in self.scope.links:
                scoped = self.prefix + name
                yield Joint(f"{scoped}::__static__", "fixed", WORLD, scoped, Pose())

    def frames(self) -> Iterator[Frame]:
        """Yield the frames that move with a link of this part or of one nested in it."""
        for name, member in self.scope.frames.items():
            link = self.scope.body(name, member.node)
            pose = self.scope.place(link, member.node).inverse() * self.scope.place(name, member.node)
            yield Frame(self.prefix + name, self.prefix + link, pose)

    def plugins(self, reading: Reading) -> Iterator[Plugin]:
        for node in self.scope.plugins:
            yield from read_model_plugin(node, self.scope, self.prefix, reading)


def _nested(part: _Part) -> Iterator[_Part]:
    yield part
    for name, scope in part.scope.models.items():
        pose = part.to_top(part.scope.place(name, scope.node))
        pinned = part.pinned or (scope.static and not part.static)
        yield from _nested(_Part(scope, f"{part.prefix}{name}::", pose, part.static or scope.static, pinned))
