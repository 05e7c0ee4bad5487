"""PPO in one file: an agent that learns from nothing, under faults that grow, and that the testbench runs.

    python examples/ppo.py --task hold_heading --samples 60000 --out runs/ppo.safetensors
    PYTHONPATH=examples vla-sim run SUITE --agent ppo:Trained@runs/ppo.safetensors

It is meant to be copied and changed, read from top to bottom: an observation as numbers, a network, environments whose
faults grow with success, and the loop of Schulman et al. (2017) with the details of Huang et al. (2022). For the fusion
agent, resuming and evaluations in between there is ``vla-sim train ppo``.
"""

from __future__ import annotations

import argparse
import contextlib
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.distributions import Normal

from vla_sim.envs.vector import NextEpisode, make_vector_env

SENSORS = ("lidar", "imu", "odom")
SECTORS, BUCKETS = 24, 64
SIZE = SECTORS + 6 + 3 + len(SENSORS) + BUCKETS
SCALE = np.array([0.8, 1.6], np.float32)
"""Speed [m/s] and yaw rate [rad/s] that are one to the network."""


def features(observation: Mapping[str, Any]) -> np.ndarray:
    """Return an observation as one vector (SIZE,): the same in training and at run time."""
    near = np.where(observation["lidar"] > 0.0, observation["lidar"], 10.0).reshape(SECTORS, -1).min(1)
    words = np.zeros(BUCKETS, np.float32)
    for word in observation["goal"].lower().split():
        words[zlib.crc32(word.encode()) % BUCKETS] += 1.0
    motion = np.concatenate([observation["imu"].mean(0) / 10.0, observation["odom"][-3:], observation["valid"]])
    return np.nan_to_num(np.concatenate([np.exp(-near), motion, words])).astype(np.float32)


class Features(gymnasium.ObservationWrapper):
    """An environment whose observations are such vectors."""

    def __init__(self, env: gymnasium.Env):
        super().__init__(env)
        self.observation_space = spaces.Box(-np.inf, np.inf, (SIZE,), np.float32)

    def observation(self, observation: Mapping[str, Any]) -> np.ndarray:
        """Return the vector."""
        return features(observation)


class ActorCritic(nn.Module):
    """Mean and value by networks of their own; the standard deviation is the same everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.actor, self.critic = (
            nn.Sequential(nn.Linear(SIZE, 128), nn.Tanh(), nn.Linear(128, 128), nn.Tanh(), nn.Linear(128, size))
            for size in (2, 1)
        )
        self.log_std = nn.Parameter(torch.full((2,), -1.0))
        with torch.no_grad():
            self.actor[-1].weight *= 0.01

    def forward(self, seen: Tensor) -> tuple[Normal, Tensor]:
        """Return the distribution of actions, in the network's terms, and the values (B,)."""
        return Normal(self.actor(seen), self.log_std.exp()), self.critic(seen)[:, 0]


class Growing:
    """A curriculum: in half of the episodes a sensor loses readings, the more the better the agent has become."""

    def __init__(self) -> None:
        self.success = 0.0

    def __call__(self, env: int, episode: int, rng: np.random.Generator) -> NextEpisode:
        """Return the next episode of an environment."""
        kinds = ("lidar:beam_dropout", "imu:bias", "odom:frame_drop")
        level = 1 + int(4.0 * self.success)
        faults = [f"{rng.choice(kinds)}@L{level}"] if rng.random() < 0.5 else []
        return NextEpisode(int(rng.integers(2**62)), {"faults": faults})


def advantages(rewards: Tensor, values: Tensor, ends: Tensor, gamma: float = 0.99, share: float = 0.95) -> Tensor:
    """Return generalised advantages (T, N); ``values`` (T + 1, N), ``ends`` (T, N) is 1 where an episode ended."""
    found, ahead = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    for step in reversed(range(len(rewards))):
        on = 1.0 - ends[step]
        surprise = rewards[step] + gamma * values[step + 1] * on - values[step]
        found[step] = ahead = surprise + gamma * share * on * ahead
    return found


def update(
    network: ActorCritic, optimiser: torch.optim.Optimizer, batch: Mapping[str, Tensor], clip: float = 0.2
) -> None:
    """Take the steps of one iteration: four passes in four parts."""
    for _ in range(4):
        for rows in torch.randperm(len(batch["seen"])).chunk(4):
            chosen, values = network(batch["seen"][rows])
            ratio = (chosen.log_prob(batch["actions"][rows]).sum(1) - batch["log_probs"][rows]).exp()
            gain = batch["advantages"][rows]
            gain = (gain - gain.mean()) / (gain.std() + 1e-8)
            loss = -torch.min(gain * ratio, gain * ratio.clamp(1.0 - clip, 1.0 + clip)).mean()
            loss = loss + 0.5 * (values - batch["returns"][rows]).square().mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 0.5)
            optimiser.step()


def train(world: str, task: str, samples: int, environments: int = 8, steps: int = 256, seed: int = 0) -> ActorCritic:
    """Train on a task; one seed gives one policy on one kind of processor."""
    torch.manual_seed(seed)
    network, growing = ActorCritic(), Growing()
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-4, eps=1e-5)
    options = {"world": world, "task": task, "sensors": SENSORS, "wrap": Features, "curriculum": growing}
    with contextlib.closing(make_vector_env(environments, autoreset_mode="SameStep", **options)) as envs:
        seen = torch.from_numpy(envs.reset(seed=seed)[0])
        for done in range(0, samples, environments * steps):
            rows: dict[str, list[Tensor]] = {name: [] for name in ("seen", "actions", "log_probs", "rewards", "ends")}
            successes: list[bool] = []
            values = []
            for _ in range(steps):
                with torch.inference_mode():
                    chosen, value = network(seen)
                    actions = chosen.sample()
                after, rewards, terminated, truncated, infos = envs.step(actions.numpy() * SCALE)
                rewards = torch.from_numpy(rewards).float()
                for index in np.flatnonzero(truncated & ~terminated):
                    # Only the time was up: what would still have come counts.
                    with torch.inference_mode():
                        rewards[index] += 0.99 * network(torch.from_numpy(infos["final_obs"][index])[None])[1][0]
                ends = torch.from_numpy(terminated | truncated)
                if ends.any():
                    successes += infos["final_info"]["success"][ends.numpy()].tolist()
                step = (seen, actions, chosen.log_prob(actions).sum(1), rewards, ends.float())
                for name, tensor in zip(rows, step, strict=True):
                    rows[name].append(tensor)
                values.append(value)
                seen = torch.from_numpy(after)
            with torch.inference_mode():
                values.append(network(seen)[1])
            taken = {name: torch.stack(each) for name, each in rows.items()}
            gained = advantages(taken["rewards"], torch.stack(values), taken["ends"])
            batch = {name: taken[name].flatten(0, 1) for name in ("seen", "actions", "log_probs")}
            batch |= {"advantages": gained.flatten(), "returns": (gained + torch.stack(values[:-1])).flatten()}
            update(network, optimiser, batch)
            if successes:
                growing.success = 0.8 * growing.success + 0.2 * float(np.mean(successes))
            reward = float(taken["rewards"].sum() / max(float(taken["ends"].sum()), 1.0))
            so_far = done + environments * steps
            print(f"{so_far:8d} samples  reward an episode {reward:6.3f}  success {growing.success:.2f}", flush=True)
    return network.eval()


class Trained:
    """The agent: ``ppo:Trained@FILE``."""

    def __init__(self, checkpoint: str):
        self.network = ActorCritic().eval()
        self.network.load_state_dict(load_file(checkpoint))

    def reset(self, seed: int) -> None:
        """Forget the last trial: there is nothing to forget."""

    @torch.inference_mode()
    def act(self, observation: Mapping[str, Any]) -> np.ndarray:
        """Return forward speed [m/s] and yaw rate [rad/s]."""
        seen = torch.from_numpy(features(observation))[None]
        return self.network.actor(seen)[0].numpy() * SCALE


def main() -> None:
    """Train on a task and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--world", default="arena")
    parser.add_argument("--task", default="hold_heading")
    parser.add_argument("--samples", type=int, default=60_000, help="control steps in all")
    parser.add_argument("--out", type=Path, default=Path("ppo.safetensors"), help="file of the weights")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    save_file(
        train(arguments.world, arguments.task, arguments.samples, seed=arguments.seed).state_dict(), arguments.out
    )
    print(arguments.out)


if __name__ == "__main__":
    main()
