"""Torch on one thread: several would fight over the cores with the other test processes."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
