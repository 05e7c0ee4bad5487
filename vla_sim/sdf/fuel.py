"""Models of Gazebo Fuel that Gazebo has fetched before: found in its cache on this machine, never on the web.

The cache is ``GZ_FUEL_CACHE_PATH``, else ``~/.gz/fuel``; a model lies there at ``host/owner/models/name/version``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

_URI = re.compile(
    r"https?://(?P<host>[^/]+)/(?:[0-9.]+/)?(?P<owner>[^/]+)/(?:fuel/)?models/(?P<name>[^/]+)"
    r"(?:/(?P<version>[0-9]+|tip))?(?:/files/(?P<file>.+))?/?"
)


def is_web(uri: str) -> bool:
    """Whether a URI names something on the web."""
    return uri.strip().lower().startswith(("http://", "https://"))


def cache_folder() -> Path:
    """Return the folder in which Gazebo keeps what it fetched."""
    stated = os.environ.get("GZ_FUEL_CACHE_PATH")
    return Path(os.path.abspath(stated)) if stated else Path(os.path.expanduser("~/.gz/fuel"))


def cached_copy(uri: str) -> Path | None:
    """Return the cached folder of a model, or a file in it; None if it is not there. Without a version, the newest."""
    match = _URI.fullmatch(uri.strip()[:2048])
    if match is None:
        return None
    cache = cache_folder()
    host, owner, name = (unquote(match.group(part)).lower() for part in ("host", "owner", "name"))
    model = Path(os.path.abspath(cache / host / owner / "models" / name))
    version = match.group("version") or "tip"
    folder = _newest(model) if version == "tip" else model / version
    if folder is None:
        return None
    found = Path(os.path.abspath(folder / unquote(match.group("file") or ".")))
    return found if found.is_relative_to(cache) and os.path.exists(found) else None


def _newest(model: Path) -> Path | None:
    try:
        versions = [int(name) for name in os.listdir(model) if re.fullmatch(r"[0-9]{1,9}", name)]
    except (OSError, ValueError):  # no such folder, or no such name in this file system
        return None
    return model / str(max(versions)) if versions else None
