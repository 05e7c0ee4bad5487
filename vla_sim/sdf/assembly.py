"""From elements to scopes: names are checked, includes opened and merged, and every frame gets its anchor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from vla_sim.geometry import Pose
from vla_sim.sdf import values
from vla_sim.sdf.document import MAX_NAME, Node, shorten
from vla_sim.sdf.includes import Included, open_include
from vla_sim.sdf.reading import Reading, Version
from vla_sim.sdf.scope import MAX_MODEL_DEPTH, MODEL, WORLD, Anchor, Member, Scope, anchor_of, pose_frame


def assemble(node: Node, version: Version, home: str, reading: Reading, chain: tuple[Path, ...]) -> Scope:
    """Return the scope of a ``<world>`` or ``<model>``; ``chain`` holds the files that led here, innermost last."""
    scope = _Assembler(reading).scope(node, version, home, chain, depth=0)
    scope.check()
    return scope


class _Assembler:
    """Builds scopes from the inside out: a nested model is complete before its holder needs its frames."""

    def __init__(self, reading: Reading):
        self._reading = reading

    def scope(self, node: Node, version: Version, home: str, chain: tuple[Path, ...], depth: int) -> Scope:
        if depth > MAX_MODEL_DEPTH:
            raise node.error(f"models are nested deeper than {MAX_MODEL_DEPTH}; flatten them")
        scope = Scope(node, _entity_name(node, version), version, home)
        if home == MODEL:
            scope.static = values.flag(node, "static", False)
            scope.canonical = node.attribute("canonical_link")
        for child in node.children:
            if child.tag == "include":
                child.seen = True
                self._include(scope, child, chain, depth)
            elif child.tag == "model":
                child.seen = True
                nested = self.scope(child, version, MODEL, chain, depth + 1)
                self._nest(scope, nested, child.child("pose"), version, child.attribute("placement_frame"))
            elif child.tag == "plugin":
                child.seen = True
                scope.plugins.append(child)
            else:
                self._member(scope, child, version)
        return scope

    def _member(self, scope: Scope, node: Node, version: Version) -> None:
        member = Member(node, version, scope.home)
        if node.tag == "link" and scope.home == MODEL:
            name = _entity_name(node, version)
            self._claim(scope, name, node)
            scope.links[name] = member
            scope.anchors[name] = anchor_of(member, default=scope.home, attached_to=None)
        elif node.tag == "joint":
            name = _entity_name(node, version)
            self._claim(scope, name, node)
            child = member.frame(node.need_text("child"))
            if child == WORLD:
                raise node.need("child").error("the world cannot be the child of a joint; swap <parent> and <child>")
            scope.joints[name] = member
            if name not in scope.anchors:
                scope.anchors[name] = anchor_of(member, default=child, attached_to=child)
        elif node.tag == "frame":
            name = _entity_name(node, version)
            self._claim(scope, name, node)
            scope.frames[name] = member
            attached_to = member.frame(node.attribute("attached_to"))
            if name not in scope.anchors:
                scope.anchors[name] = anchor_of(member, default=attached_to, attached_to=attached_to)
        elif node.tag == "light" and scope.home == WORLD:
            node.seen = True
            scope.lights.append(member)
        else:
            return
        node.seen = True

    def _claim(self, scope: Scope, name: str, node: Node) -> None:
        """Refuse a second frame of the same name. Up to SDF 1.6 only elements of the same kind had to differ."""
        same_kind: dict[str, Collection[str]] = {"link": scope.links, "joint": scope.joints, "model": scope.models}
        if name in same_kind.get(node.tag, ()) or (name in scope.anchors and scope.version >= (1, 7)):
            raise node.error(f"the name {shorten(name)!r} is taken in {shorten(scope.name)!r}; choose another")

    def _include(self, scope: Scope, node: Node, chain: tuple[Path, ...], depth: int) -> None:
        included = open_include(node, self._reading, chain)
        if included is None:
            return
        if included.node.tag == "light" and scope.home == WORLD:
            scope.lights.append(Member(included.node, included.version, scope.home))
            return
        if included.node.tag != "model":
            self._reading.report(node, f"including a <{included.node.tag}> is not supported; left out")
            return
        nested = self._included_model(node, included, depth)
        pose_node, version = node.child("pose"), scope.version
        placement = values.text(node, "placement_frame")
        if placement is not None and pose_node is None:
            raise node.error("<placement_frame> needs a <pose> beside it")
        own_pose = included.node.child("pose")
        if pose_node is None:
            pose_node, version = own_pose, included.version
        placement = placement or included.node.attribute("placement_frame")
        if values.parse_flag(node, node.attribute("merge") or "false"):
            self._merge(scope, nested, pose_node, version, placement)
        else:
            self._nest(scope, nested, pose_node, version, placement)

    def _included_model(self, node: Node, included: Included, depth: int) -> Scope:
        nested = self.scope(included.node, included.version, MODEL, included.chain, depth + 1)
        nested.name = values.text(node, "name") or nested.name
        _check_name(node, nested.name, included.version)
        nested.static = values.flag(node, "static", nested.static)
        nested.plugins.extend(node.all("plugin"))
        return nested

    def _nest(self, scope: Scope, nested: Scope, pose: Node | None, version: Version, placement: str | None) -> None:
        self._claim(scope, nested.name, nested.node)
        scope.models[nested.name] = nested
        scope.anchors[nested.name] = _model_anchor(scope, nested, pose, version, placement)

    def _merge(self, scope: Scope, nested: Scope, pose: Node | None, version: Version, placement: str | None) -> None:
        """Move all that a model holds into its holder; a proxy frame stands for the frame the model had."""
        proxy = f"_merged__{nested.name}__model__"
        if scope.home == WORLD and nested.links:
            raise nested.node.error("a model with links of its own cannot be merged into a world; drop merge=")
        anchors = {proxy: _model_anchor(scope, nested, pose, version, placement)}
        for name, anchor in nested.anchors.items():
            anchors[name] = replace(
                anchor,
                relative_to=proxy if anchor.relative_to == MODEL else anchor.relative_to,
                attached_to=proxy if anchor.attached_to == MODEL else anchor.attached_to,
            )
        for name, anchor in anchors.items():
            if name in scope.anchors:
                raise nested.node.error(f"merging brings a second {shorten(name)!r} into {shorten(scope.name)!r}")
            scope.anchors[name] = anchor
        for members, moved in (
            (scope.links, nested.links),
            (scope.joints, nested.joints),
            (scope.frames, nested.frames),
        ):
            for name, member in moved.items():
                members[name] = replace(member, home=proxy) if member.home == MODEL else member
        scope.models.update(nested.models)
        scope.plugins.extend(nested.plugins)


def _model_anchor(scope: Scope, nested: Scope, pose: Node | None, version: Version, placement: str | None) -> Anchor:
    """Return the anchor of a nested model's frame, worked back from the frame that its pose places."""
    relative_to = scope.home
    placed = Pose()
    if pose is not None:
        placed = values.pose(pose)
        named = pose_frame(pose, version)
        relative_to = scope.home if named in (None, MODEL) else named
    if placement is not None and placement != MODEL:
        placed = placed * nested.place(placement, nested.node).inverse()
    return Anchor(pose or nested.node, placed, relative_to, nested.canonical_link(nested.node))


def _entity_name(node: Node, version: Version) -> str:
    name = node.name()
    _check_name(node, name, version)
    return name


def _check_name(node: Node, name: str, version: Version) -> None:
    if len(name) > MAX_NAME:
        raise node.error(f"the name {shorten(name)!r} is longer than {MAX_NAME} characters")
    reserved = name == WORLD or (name.startswith("__") and name.endswith("__"))
    if reserved and node.tag != "world" and version >= (1, 7):
        raise node.error(f"the name {shorten(name)!r} is reserved in SDF; choose another")
    if "::" in name and version >= (1, 8):
        raise node.error(f"the name {shorten(name)!r} holds '::', which separates scopes; choose another")
