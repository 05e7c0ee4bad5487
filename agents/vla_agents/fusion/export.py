"""Export of a checkpoint's networks to ONNX, in single precision and with the weights of its matrices in eight bits.

The reader stays in torch: it is asked once for each sentence, behind a text encoder that is not ours.
"""

from __future__ import annotations

import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vla_agents.fusion.checkpoint import load_checkpoint
from vla_agents.fusion.control.inputs import CAMERA_GRID, DEPTH_GRID, FIELDS, LIDAR_SECTORS, SENSORS, Inputs
from vla_agents.fusion.control.policy import Decision
from vla_agents.fusion.features import SIZE
from vla_agents.fusion.mind import Networks
from vla_agents.fusion.perception.detector import Sight
from vla_agents.fusion.signs import SIGNS
from vla_agents.fusion.weights import CARD
from vla_sim.errors import InputError

FRAME = (96, 96)
"""Height and width of the rover's camera."""
TOLERANCE = 1e-4
"""What numbers in single precision may differ by from those of torch."""
MATRICES = ["MatMul", "Gemm"]
"""What is put in eight bits; convolutions so treated took three times as long as before on a CPU."""
Precision = Literal["float32", "int8"]


def onnx_file(folder: Path, network: str, precision: Precision) -> Path:
    """Return where an exported network lies."""
    return folder / f"{network}.{precision}.onnx"


def export_checkpoint(checkpoint: Path, out: Path, frame: tuple[int, int] = FRAME) -> list[Path]:
    """Write the networks of a checkpoint's default strategy as ONNX beside a copy of it; return the files.

    Networks take a batch of one, as an agent does. ``frame`` is height and width of the camera.

    Raises:
        InputError: the packages of the extra ``onnx`` are missing, or the checkpoint cannot be loaded.
    """
    try:
        import onnxscript  # noqa: F401 (torch exports with it)
        from onnxruntime.quantization import quantize_dynamic
    except ImportError as error:
        raise InputError(f"export needs more packages ({error}); pip install 'vla-sim[onnx]'") from None
    networks, _, _ = load_checkpoint(checkpoint)
    out.mkdir(parents=True, exist_ok=True)
    if out.resolve() != checkpoint.resolve():
        for path in (checkpoint / CARD, *checkpoint.glob("*.safetensors")):
            shutil.copyfile(path, out / path.name)
    written = []
    for part in parts(networks, frame):
        exact, small = onnx_file(out, part.name, "float32"), onnx_file(out, part.name, "int8")
        with _quiet():
            torch.onnx.export(
                part.network.eval(),
                tuple(part.inputs.values()),
                exact,
                input_names=list(part.inputs),
                output_names=list(part.outputs),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
            quantize_dynamic(exact, small, op_types_to_quantize=MATRICES, per_channel=True)
        written += [exact, small]
    return written


@dataclass(frozen=True, slots=True)
class Part:
    """A network that is exported: tensors in, tensors out."""

    name: str
    network: nn.Module
    inputs: dict[str, Tensor]
    """What it may be given, by name."""
    outputs: tuple[str, ...]


def parts(networks: Networks, frame: tuple[int, int]) -> tuple[Part, ...]:
    """Return what is exported of the networks."""
    shapes = {
        "text": (networks.reader.width,),
        "camera": (CAMERA_GRID**2, networks.eye.width),
        "depth": (DEPTH_GRID[0] * DEPTH_GRID[1],),
        "lidar": (LIDAR_SECTORS,),
        "imu": (10, 6),
        "odometry": (2,),
        "situation": (SIZE,),
    }
    inputs = {name: torch.randn(1, *shape) for name, shape in shapes.items()}
    inputs["present"] = torch.ones((1, len(SENSORS)), dtype=torch.bool)
    seen = {"frames": torch.rand(1, 3, *frame), "depth": torch.rand(1, 2, *frame)}
    signs = {"signs": torch.randn(1, len(SENSORS), 2 * SIGNS)}
    return (
        Part("eye", _Flat(networks.eye), seen, _names(Sight)),
        Part("policy", _FlatPolicy(networks.policy), {name: inputs[name] for name in FIELDS}, _names(Decision)),
        Part("health", networks.health, signs, ("logits",)),
    )


class _Flat(nn.Module):
    """A network whose result is a dataclass, as one that gives a tuple."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return _values(self.network(*inputs))


class _FlatPolicy(_Flat):
    """A policy, as a network that takes tensors."""

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return _values(self.network(Inputs(*inputs)))


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _values(result: Any) -> tuple[Tensor, ...]:
    return tuple(getattr(result, name) for name in _names(result))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporters' own notes to themselves."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
