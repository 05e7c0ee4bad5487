"""One reading of a file and of all that it includes: the documents, the lookup of resources, and the issues found.

Readers mark the elements they ask for. What nobody asked for in the end is not supported, and becomes an issue, unless
it has no effect on what is simulated here (``_NO_EFFECT``) or asks for nothing (``_OFF``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from vla_sim.errors import InputError
from vla_sim.sdf.document import MAX_ELEMENTS, Node, read_document, shorten
from vla_sim.sdf.resources import Resources
from vla_sim.sdf.scene import Issue

Version = tuple[int, int]

OLDEST: Version = (1, 4)
NEWEST: Version = (1, 12)

MAX_FILES = 5_000

_NO_EFFECT = frozenset(
    {
        "allow_auto_disable",
        "always_on",
        "audio",
        "author",
        "description",
        "enable_metrics",
        "gui",
        "max_contacts",
        "must_be_base_link",
        "optical_frame_id",
        "origin_visual",
        "provide_feedback",
        "real_time_update_rate",
        "visualize",
    }
)
"""Elements about display, tooling or other engines' bookkeeping: simulating them here would change nothing."""

_OFF = frozenset({"enable_wind", "fdir1", "kinematic", "laser_retro", "self_collide", "slip1", "slip2", "triggered"})
"""Elements whose zero, false or empty value asks for nothing."""

_ZERO = re.compile(r"[+-]?0*\.?0*|false", re.IGNORECASE)


@dataclass(slots=True)
class Reading:
    """What all readers of one file share."""

    resources: Resources
    _documents: dict[Path, Node] = field(default_factory=dict)
    _issues: dict[tuple[Path, int, str, str], Issue] = field(default_factory=dict)
    _opened: int = 0
    _elements: int = 0

    def document(self, path: Path) -> Node:
        """Return the root of a parsed file; InputError where all files together hold too much.

        A file that is included many times is parsed once, yet counts each time: so an include bomb ends early.
        """
        self._opened += 1
        if self._opened > MAX_FILES:
            raise InputError(f"the world includes more than {MAX_FILES} files", file=path)
        root = self._documents.get(path)
        if root is None:
            root = self._documents[path] = read_document(path)
        self._elements += root.size()
        if self._elements > MAX_ELEMENTS:
            raise root.error(f"the world and its includes hold more than {MAX_ELEMENTS} elements")
        return root

    def report(self, node: Node, message: str) -> None:
        """Note that an element, with all it holds, is not supported."""
        node.close()
        self.note(node, message)

    def note(self, node: Node, message: str) -> None:
        """Note something about an element that is read all the same."""
        key = (node.file, node.line, node.tag, message)
        self._issues.setdefault(key, Issue(str(node.file), node.line, shorten(node.tag), message))

    def issues(self) -> tuple[Issue, ...]:
        """Return every issue, in the order of the files and their lines."""
        for root in self._documents.values():
            self._report_unread(root)
        order = {str(path): index for index, path in enumerate(self._documents)}
        return tuple(sorted(self._issues.values(), key=lambda issue: (order.get(issue.file, -1), issue.line)))

    def _report_unread(self, root: Node) -> None:
        pending = [root]
        while pending:
            parent = pending.pop()
            read = {node.tag for node in parent.children if node.seen}
            for node in parent.children:
                if node.seen:
                    if not node.closed:
                        pending.append(node)
                elif not _means_nothing(node):
                    self.note(
                        node, "repeated; only the first is read" if node.tag in read else "not supported; left out"
                    )


def _means_nothing(node: Node) -> bool:
    """Whether an unread element changes nothing. Names with a colon are others' extensions, which SDF lets one skip."""
    if node.tag in _NO_EFFECT or ":" in node.tag:
        return True
    if node.tag not in _OFF or node.children or len(node.text) > 64:
        return False
    return all(_ZERO.fullmatch(word) for word in node.text.split())


def read_version(root: Node, reading: Reading) -> Version:
    """Return the SDF version of a document's root; InputError where it is no SDF, or too old to be read."""
    root.seen = True
    if root.tag == "robot":
        raise root.error("is URDF, not SDF; convert it with: gz sdf -p FILE > model.sdf")
    if root.tag != "sdf":
        raise root.error('is not SDF; the outermost element must be <sdf version="1.9">')
    text = root.need_attribute("version")
    match = re.fullmatch(r"([0-9]{1,4})\.([0-9]{1,4})(?:\.[0-9]{1,4})?", text)
    if match is None:
        raise root.error(f"version {shorten(text)!r} is not of the form 1.9")
    version = (int(match.group(1)), int(match.group(2)))
    if version < OLDEST:
        raise root.error(f"version {text} is older than 1.4; convert it with: gz sdf -p FILE")
    if version > NEWEST:
        reading.note(root, f"version {text} is newer than 1.{NEWEST[1]}; read as that one")
    return version
