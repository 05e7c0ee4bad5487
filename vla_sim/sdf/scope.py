"""The frames of one world or model: where each stands, and which link each is attached to (SDF's pose semantics).

Every pose is worked out in the scope's own frame: ``world`` in a world, ``__model__`` in a model. A scope sees its own
names and, through ``::``, those of the models nested in it; never those outside.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vla_sim.geometry import Pose
from vla_sim.sdf import values
from vla_sim.sdf.document import MAX_NAME, Node, shorten
from vla_sim.sdf.reading import Version

WORLD = "world"
MODEL = "__model__"

MAX_MODEL_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Anchor:
    """A named frame: its pose in the frame ``relative_to``, and the name it moves with (None for a link)."""

    node: Node
    pose: Pose
    relative_to: str
    attached_to: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An element of a scope. ``home`` is the frame ``__model__`` means to it: a proxy if it was merged in."""

    node: Node
    version: Version
    home: str

    def frame(self, name: str | None) -> str:
        """Return the frame that a name means to this element; home where it names none."""
        return self.home if name in (None, MODEL) else name


@dataclass(slots=True, eq=False)
class Scope:
    """A world or a model with all its includes resolved. Members are keyed by name, in the file's order."""

    node: Node
    name: str
    version: Version
    home: str
    links: dict[str, Member] = field(default_factory=dict)
    joints: dict[str, Member] = field(default_factory=dict)
    frames: dict[str, Member] = field(default_factory=dict)
    models: dict[str, Scope] = field(default_factory=dict)
    anchors: dict[str, Anchor] = field(default_factory=dict)
    lights: list[Member] = field(default_factory=list)
    plugins: list[Node] = field(default_factory=list)
    static: bool = False
    canonical: str | None = None
    _placed: dict[str, Pose] = field(default_factory=dict)
    _bodies: dict[str, str] = field(default_factory=dict)

    def place(self, name: str, asker: Node) -> Pose:
        """Return a frame's pose in this scope; InputError at ``asker`` where the frame is unknown or on a cycle."""
        chain: list[tuple[str, Pose]] = []
        visited: set[str] = set()
        while name != self.home and name not in self._placed:
            if name in visited:
                raise asker.error(f"the frame {shorten(name)!r} is placed relative to itself; break the circle")
            visited.add(name)
            pose, relative_to = self._step(name, asker)
            chain.append((name, pose))
            name = relative_to
        placed = self._placed.get(name)
        for link, pose in reversed(chain):
            placed = self._placed[link] = pose if placed is None else placed * pose
        return placed or Pose()

    def _step(self, name: str, asker: Node) -> tuple[Pose, str]:
        """Return a frame's pose and the frame of this scope in which that pose is given."""
        anchor = self.anchors.get(name)
        if anchor is not None:
            return anchor.pose, anchor.relative_to
        nested, rest = self._split(name, asker)
        return self.models[nested].place(rest, asker), nested

    def _split(self, name: str, asker: Node) -> tuple[str, str]:
        """Split a scoped name into a model of this scope and a name inside it."""
        at = name.find("::")
        while 0 < at <= MAX_NAME:
            if name[:at] in self.models:
                return name[:at], name[at + 2 :]
            at = name.find("::", at + 2)
        where = "the world" if self.home == WORLD else f"model {shorten(self.name)!r}"
        raise asker.error(f"{where} has no frame {shorten(name)!r}; name a link, joint, frame or model of it")

    def body(self, name: str, asker: Node) -> str:
        """Return the link, scoped from here, that a frame is attached to, or ``world``."""
        visited: dict[str, None] = {}
        while (found := self._body_of(name, asker)) is None:
            if name in visited:
                raise asker.error(f"the frame {shorten(name)!r} is attached to itself; break the circle")
            visited[name] = None
            name = self.anchors[name].attached_to or self.home
        self._bodies.update(dict.fromkeys(visited, found))
        return found

    def _body_of(self, name: str, asker: Node) -> str | None:
        """Return the body that a name leads to at once, or None where another frame of this scope comes between."""
        if name in self.links or (name == WORLD and self.home == WORLD):
            return name
        if name in self._bodies:
            return self._bodies[name]
        if name == self.home:
            canonical = self.canonical_link(asker)
            if canonical is None:
                raise asker.error(f"model {shorten(self.name)!r} has no link to attach to")
            self._bodies[name] = canonical
            return canonical
        if name in self.models:
            return f"{name}::{self.models[name].body(self.models[name].home, asker)}"
        if name in self.anchors:
            return None
        nested, rest = self._split(name, asker)
        return f"{nested}::{self.models[nested].body(rest, asker)}"

    def check(self) -> None:
        """Refuse frames that stand or move with nothing, here and in nested models, even where nobody uses them."""
        for name, anchor in self.anchors.items():
            self.place(name, anchor.node)
            if anchor.attached_to not in (None, MODEL):
                self.body(name, anchor.node)
        for nested in self.models.values():
            nested.check()

    def canonical_link(self, asker: Node) -> str | None:
        """Return the link a model's own frame is attached to: the one it names, its first, or its first model's."""
        if self.canonical is not None:
            return self._link(self.canonical, asker)
        if self.links:
            return next(iter(self.links))
        for name, nested in self.models.items():
            inner = nested.canonical_link(asker)
            if inner is not None:
                return f"{name}::{inner}"
        return None

    def _link(self, name: str, asker: Node) -> str:
        if name in self.links:
            return name
        nested, rest = self._split(name, asker)
        return f"{nested}::{self.models[nested]._link(rest, asker)}"

    def has_joint(self, name: str) -> bool:
        """Whether there is a joint of that name here or, through ``::``, in a nested model."""
        nested, _, rest = name.partition("::")
        return name in self.joints or (nested in self.models and self.models[nested].has_joint(rest))

    def local_pose(self, member: Member, parent: str, holder: Node) -> Pose:
        """Return the pose of what a frame holds (a visual on a link, a sensor) in that frame."""
        node = holder.child("pose")
        if node is None:
            return Pose()
        relative_to = pose_frame(node, member.version)
        if relative_to is None or relative_to == parent:
            return values.pose(node)
        reference = self.place(member.frame(relative_to), node)
        return self.place(parent, node).inverse() * reference * values.pose(node)


def anchor_of(member: Member, *, default: str, attached_to: str | None) -> Anchor:
    """Return the anchor of a link, joint or frame; ``default`` is what its pose is relative to if it names nothing."""
    node = member.node.child("pose")
    if node is None:
        return Anchor(member.node, Pose(), default, attached_to)
    named = pose_frame(node, member.version)
    return Anchor(node, values.pose(node), default if named is None else member.frame(named), attached_to)


def pose_frame(node: Node, version: Version) -> str | None:
    """Return the frame that a ``<pose>`` names: ``relative_to``, called ``frame`` up to SDF 1.6."""
    return node.attribute("relative_to") or (node.attribute("frame") if version < (1, 7) else None)
