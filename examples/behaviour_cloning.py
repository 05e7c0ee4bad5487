"""Behaviour cloning in one file: from a dataset of demonstrations to an agent that the testbench runs.

    vla-sim dataset record scenarios/smoke.yaml --agent expert --jobs 2 --out runs/demos
    python examples/behaviour_cloning.py --data runs/demos --out runs/cloned.safetensors
    PYTHONPATH=examples vla-sim run scenarios/smoke.yaml --agent behaviour_cloning:Cloned@runs/cloned.safetensors

It is meant to be copied and changed: read the frames, a network, a loss, a loop, an agent. Plain cloning forgives no
error of its own; ``vla-sim dataset record --agent behaviour_cloning:Cloned@... --label expert`` records the next round
(DAgger).
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from vla_sim.dataset.reader import Dataset

VOCABULARY, LONGEST = 512, 24
"""Words are known by a hash; number 0 fills up sentences shorter than the longest."""


def inputs_of(observation: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return what the network sees of an observation: the same in training and at run time."""
    numbers = [1 + zlib.crc32(word.encode()) % (VOCABULARY - 1) for word in observation["goal"].lower().split()]
    words = np.zeros(LONGEST, np.int64)
    words[: len(numbers)] = numbers[:LONGEST]
    return {
        "camera": observation["camera"].transpose(2, 0, 1),
        "lidar": np.log1p(observation["lidar"]),
        "state": np.concatenate([observation["odom"], observation["imu"].mean(0), observation["valid"]]),
        "words": words,
    }


class Policy(nn.Module):
    """Speed and yaw rate from camera, LiDAR, odometry, IMU and words."""

    def __init__(self, rays: int, state: int, width: int = 64):
        super().__init__()
        self.camera = nn.Sequential(
            nn.Conv2d(3, 16, 5, 3), nn.ReLU(), nn.Conv2d(16, 32, 3, 2), nn.ReLU(), nn.Conv2d(32, 32, 3, 2), nn.ReLU(),
            nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, width),
        )  # fmt: skip
        self.lidar = nn.Sequential(nn.Linear(rays, width), nn.ReLU(), nn.Linear(width, width))
        self.state = nn.Sequential(nn.Linear(state, width), nn.ReLU(), nn.Linear(width, width))
        self.words = nn.EmbeddingBag(VOCABULARY, width, mode="mean", padding_idx=0)
        self.head = nn.Sequential(nn.Linear(4 * width, 128), nn.ReLU(), nn.Linear(128, 2))
        self.register_buffer("scale", torch.ones(2))
        self.register_buffer("centre", torch.zeros(2))

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Return normalised actions, (batch, 2)."""
        parts = [
            self.camera(batch["camera"].float() / 255.0 - 0.5),
            self.lidar(batch["lidar"].float()),
            self.state(batch["state"].float()),
            self.words(batch["words"]),
        ]
        return self.head(torch.cat(parts, 1))


def load(data: Path) -> tuple[dict[str, Tensor], Tensor]:
    """Return the inputs and the actions of all frames, in memory."""
    dataset = Dataset(data, ["camera", "lidar", "odom", "imu"])
    frames = [frame for episode in dataset.episodes for frame in dataset.frames(episode.index)]
    rows = [inputs_of(frame.observation) for frame in frames]
    inputs = {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}
    return inputs, torch.from_numpy(np.stack([frame.action for frame in frames]))


def train(inputs: Mapping[str, Tensor], actions: Tensor, steps: int, seed: int = 0, batch: int = 64) -> Policy:
    """Fit a policy to demonstrations; one seed gives one policy on one kind of processor."""
    torch.manual_seed(seed)
    policy = Policy(inputs["lidar"].shape[1], inputs["state"].shape[1])
    policy.centre.copy_(actions.mean(0))
    policy.scale.copy_(actions.std(0).clamp(min=1e-3))
    wanted = (actions - policy.centre) / policy.scale
    optimiser = torch.optim.AdamW(policy.parameters(), lr=1e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=2e-3, total_steps=steps)
    for step in range(steps):
        rows = torch.randint(len(actions), (batch,))
        loss = nn.functional.smooth_l1_loss(policy({name: each[rows] for name, each in inputs.items()}), wanted[rows])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 0 or step == steps - 1:
            print(f"step {step:5d}  loss {loss.item():.4f}", flush=True)
    return policy.eval()


class Cloned:
    """The agent: ``behaviour_cloning:Cloned@FILE``."""

    def __init__(self, checkpoint: str):
        weights = load_file(checkpoint)
        self.policy = Policy(weights["lidar.0.weight"].shape[1], weights["state.0.weight"].shape[1]).eval()
        self.policy.load_state_dict(weights)

    def reset(self, seed: int) -> None:
        """Forget the last trial: there is nothing to forget."""

    @torch.inference_mode()
    def act(self, observation: Mapping[str, Any]) -> np.ndarray:
        """Return forward speed [m/s] and yaw rate [rad/s]."""
        batch = {name: torch.from_numpy(value)[None] for name, value in inputs_of(observation).items()}
        return (self.policy(batch)[0] * self.policy.scale + self.policy.centre).numpy().astype(np.float32)


def main() -> None:
    """Train on a dataset and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of a dataset")
    parser.add_argument("--out", type=Path, default=Path("cloned.safetensors"), help="file of the weights")
    parser.add_argument("--steps", type=int, default=2000, help="gradient steps")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    policy = train(*load(arguments.data), arguments.steps, arguments.seed)
    save_file(policy.state_dict(), arguments.out)
    print(arguments.out)


if __name__ == "__main__":
    main()
