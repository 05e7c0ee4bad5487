"""A world with its semantics, put together by one function a world."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

from builder.textures import Image


@dataclass
class Place:
    """The files of one world: ``NAME.sdf``, what its things are called, and the textures and meshes that it needs."""

    name: str
    sdf: str
    semantics: dict[str, Any]
    textures: dict[str, Image] = field(default_factory=dict)
    meshes: dict[str, str] = field(default_factory=dict)

    def yaml(self) -> str:
        """Return the semantics file: one line a thing."""
        lines = ["# Written by worlds/build.py: edit that, not this."]
        for key, value in self.semantics.items():
            if isinstance(value, dict):
                lines.append(f"{key}:")
                lines += [f"  {name}: {_flow(entry)}" for name, entry in value.items()]
            elif isinstance(value, list):
                lines.append(f"{key}:")
                lines += [f"  - {_flow(entry)}" for entry in value]
            else:
                lines.append(f"{key}: {_flow(value)}")
        return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, str):
        return json.dumps(value) if ": " in value else value
    text = yaml.safe_dump(_plain(value), default_flow_style=True, sort_keys=False, width=1000)
    return text.strip()


def _plain(value: object) -> object:
    """Return the value with lists for tuples."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
