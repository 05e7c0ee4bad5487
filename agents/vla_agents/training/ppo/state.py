"""All that a run goes on from, in one file that is written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from vla_sim.bench.atomic import write_bytes
from vla_sim.errors import InputError


@dataclass(frozen=True, slots=True)
class State:
    """Tensors by name, and facts for JSON."""

    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]

    def write(self, path: Path) -> None:
        """Write a safetensors file with the facts in its header."""
        tensors = {name: tensor.detach().clone().contiguous() for name, tensor in self.tensors.items()}
        write_bytes(path, save(tensors, {"facts": json.dumps(self.facts)}))

    @classmethod
    def read(cls, path: Path) -> State:
        """Read what ``write`` wrote.

        Raises:
            InputError: it is something else, or broken.
        """
        try:
            with safe_open(path, "pt") as file:
                facts = json.loads(file.metadata()["facts"])
                return cls({name: file.get_tensor(name) for name in file.keys()}, facts)  # noqa: SIM118
        except (OSError, SafetensorError, TypeError, KeyError, ValueError) as error:
            raise InputError(f"no state of a fine-tuning: {str(error).splitlines()[0]}", file=path) from None

    def part(self, prefix: str) -> dict[str, Tensor]:
        """Return the tensors whose names begin with a prefix, without it."""
        return {name.removeprefix(prefix): tensor for name, tensor in self.tensors.items() if name.startswith(prefix)}
