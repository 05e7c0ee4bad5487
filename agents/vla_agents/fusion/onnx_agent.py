"""The fusion agent with its networks run by ONNX Runtime: eye, policy and health; words are read by torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.checkpoint import SHIPPED
from vla_agents.fusion.control.inputs import FIELDS, Inputs
from vla_agents.fusion.control.policy import Decision
from vla_agents.fusion.export import Precision, onnx_file
from vla_agents.fusion.perception.detector import Sight
from vla_sim.errors import InputError, NotReadyError


class OnnxFusionAgent(FusionAgent):
    """The fusion agent on ONNX Runtime, in single precision, on one thread.

    Args:
        checkpoint: folder that ``vla-sim export`` wrote.

    Raises:
        InputError: ONNX Runtime is missing, or the folder holds no exported networks.
    """

    precision: Precision = "float32"

    def __init__(self, checkpoint: str | Path = SHIPPED):
        folder = Path(checkpoint)
        loaded = {
            "eye": OnnxEye(onnx_file(folder, "eye", self.precision)),
            "policy": OnnxPolicy(onnx_file(folder, "policy", self.precision)),
            "health": OnnxHealth(onnx_file(folder, "health", self.precision)),
        }
        super().__init__(folder)
        for name, network in loaded.items():
            setattr(self.networks, name, network)
        self.reset(0)

    def twins(self, most: int) -> Callable[[], FusionAgent]:
        """Refuse: the exported networks take one row."""
        raise InputError("networks in ONNX take no batches; serve the agent 'fusion' instead", field="batch")


class SmallOnnxFusionAgent(OnnxFusionAgent):
    """The fusion agent on ONNX Runtime with matrices of eight bits: smaller, and not exact."""

    precision = "int8"


class _Onnx(nn.Module):
    """A network that ONNX Runtime runs."""

    def __init__(self, path: Path):
        super().__init__()
        try:
            import onnxruntime
        except ImportError as error:
            raise NotReadyError(f"ONNX Runtime is missing ({error}); pip install 'vla-sim[onnx]'") from None
        if not path.is_file():
            raise NotReadyError(f"no {path.name}: export a checkpoint with `vla-sim export` first", file=path.parent)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has a class of its own for each status, without a common one
            raise InputError(f"cannot be read as ONNX: {str(error).splitlines()[0]}", file=path) from None
        self._path = path
        self._shapes: dict[str, list[Any]] = {each.name: each.shape for each in self._session.get_inputs()}

    def run(self, **inputs: Tensor) -> list[Tensor]:
        """Return the outputs for a batch of one."""
        for name, tensor in inputs.items():
            if list(tensor.shape) != self._shapes[name]:
                raise InputError(
                    f"exported for {name} of {self._shapes[name]}, not of {list(tensor.shape)}; export anew with "
                    "the right --height and --width",
                    file=self._path,
                )
        arrays = {name: np.ascontiguousarray(tensor.numpy()) for name, tensor in inputs.items()}
        return [torch.from_numpy(array) for array in self._session.run(None, arrays)]


class OnnxEye(_Onnx):
    """An exported ``Eye``."""

    def forward(self, frames: Tensor, depth: Tensor) -> Sight:
        """Look at a frame."""
        return Sight(*self.run(frames=frames, depth=depth))


class OnnxPolicy(_Onnx):
    """An exported ``Policy``."""

    def forward(self, inputs: Inputs) -> Decision:
        """Decide for one row."""
        return Decision(*self.run(**{name: getattr(inputs, name) for name in FIELDS}))


class OnnxHealth(_Onnx):
    """An exported ``Health``."""

    def forward(self, signs: Tensor) -> Tensor:
        """Return calibrated logits."""
        return self.run(signs=signs)[0]
