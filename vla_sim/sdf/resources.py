"""Where the files that a world names are found, and which of them it may name.

Search order: the caller's paths, the folders around the file that is loaded, the environment's paths
(``GZ_SIM_RESOURCE_PATH``, ``IGN_GAZEBO_RESOURCE_PATH``, ``SDF_PATH``, ``GAZEBO_MODEL_PATH``), Gazebo's cache, the
robots and worlds of this project. What lies on the web is only looked up in that cache (:mod:`vla_sim.sdf.fuel`).

One rule keeps a world from reading the rest of the machine: whatever it names, relative, ``model://``, ``file://`` or
absolute, must lie inside one of these folders once ``..`` is worked out. Links on disk are followed, as who laid them
there meant it (ROS workspaces install models as links).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from vla_sim import assets
from vla_sim.errors import InputError
from vla_sim.sdf.document import Node, shorten
from vla_sim.sdf.fuel import cache_folder, cached_copy, is_web

ENVIRONMENT_PATHS = ("GZ_SIM_RESOURCE_PATH", "IGN_GAZEBO_RESOURCE_PATH", "SDF_PATH", "GAZEBO_MODEL_PATH")

_LOOKED_UP = ("model", "package")


class Resources:
    """The folders in which URIs are looked up, in order."""

    def __init__(self, roots: Sequence[Path]):
        absolute = (Path(os.path.abspath(root)) for root in roots)
        self.roots = tuple(dict.fromkeys(root for root in absolute if root != root.parent))

    @classmethod
    def around(cls, file: Path | None, extra: Sequence[Path] = ()) -> Resources:
        """Return the resources for a file that is loaded, or for a bare ``model://`` URI if there is no file."""
        own: list[Path] = []
        if file is not None:
            folder = Path(os.path.abspath(file)).parent
            own = [folder, folder / "models", folder.parent / "models"]
            if file.name == "model.sdf" or os.path.isfile(folder / "model.config"):
                own.append(folder.parent)
        environment = [
            Path(path) for name in ENVIRONMENT_PATHS for path in os.environ.get(name, "").split(os.pathsep) if path
        ]
        return cls([*extra, *own, *environment, cache_folder(), assets.ROBOTS, assets.WORLDS, assets.WORLDS / "models"])

    def find(self, uri: str, node: Node) -> Path | None:
        """Return the file or folder that a URI in ``node`` means, or None if it is on the web and not in the cache.

        Raises:
            InputError: it is not found, or may not be named.
        """
        try:
            found = self.locate(uri, node.file.parent)
        except InputError as error:
            raise node.error(error.message) from None
        if found is None and not is_web(uri):
            raise node.error(
                f"{shorten(uri)!r} is not found; add its folder to the resource paths or {ENVIRONMENT_PATHS[0]}"
            )
        return found

    def locate(self, uri: str, beside: Path) -> Path | None:
        """Return the file or folder that a URI means, or None where there is none.

        A relative path is looked up in ``beside``, the folder of the file that names it, then in each root.

        Raises:
            InputError: the URI leads out of the roots, or is none.
        """
        if is_web(uri):
            return cached_copy(uri)
        scheme, path = _split(uri)
        if scheme in _LOOKED_UP:
            candidates = [root / path.lstrip("/") for root in self.roots]
        elif os.path.isabs(path):
            candidates = [Path(path)]
        else:
            candidates = [folder / path for folder in (beside, *self.roots)]
        allowed = [found for candidate in candidates if self._holds(found := Path(os.path.abspath(candidate)))]
        if not allowed:
            raise InputError(f"{shorten(uri)!r} leads out of the resource folders; move the file or add its folder")
        return next((found for found in allowed if os.path.exists(found)), None)

    def _holds(self, path: Path) -> bool:
        return any(path.is_relative_to(root) for root in self.roots)


def _split(uri: str) -> tuple[str, str]:
    scheme, separator, path = uri.strip().partition("://")
    if not separator:
        scheme, path = "", uri.strip()
    if not path.strip("/"):
        raise InputError(f"{shorten(uri)!r} names no file")
    if scheme not in ("", "file", *_LOOKED_UP):
        raise InputError(f"{shorten(uri)!r} has an unknown scheme; use model://, file:// or a relative path")
    return scheme, path
