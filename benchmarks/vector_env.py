"""Samples a second of many environments: ours, stable-baselines3's SubprocVecEnv and Gymnasium's AsyncVectorEnv.

Each holds as many environments with the same observations (camera, depth, and in one vector LiDAR, IMU and odometry;
words in bytes), in the arena. All are alive at once, and short blocks of steps alternate between them, so that whatever
else the machine does hits all alike; a ratio is the median over the rounds of ratios within a round. ``bare`` steps
with random actions. ``policy`` has a policy of stable-baselines3 (MultiInputPolicy: actions, values, log-probabilities)
look at every observation, as PPO's rollouts do; in lock-step the simulation waits for it, and what counts is the better
of inference with one thread and with one a core. ``halves`` are two vectors of ours with half of the environments each:
inference for one, with one thread, overlaps with the simulation of the other. ``cpu_ms`` is processor time a bare
sample, of all processes.

    python benchmarks/vector_env.py --json
"""

from __future__ import annotations

import argparse
import os

# Threads that spin while they wait for work take the processor from the simulations, whoever runs these.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import functools
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AsyncVectorEnv, AutoresetMode
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from stable_baselines3.common.vec_env import SubprocVecEnv, VecTransposeImage

import vla_sim
from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.vector import VlaSimVectorEnv
from vla_sim.envs.vector.sb3 import VlaSimVecEnv
from vla_sim.envs.wrappers import EncodeGoal, FlattenSensors

SENSORS = ["camera", "depth", "lidar", "imu", "odom"]
SEED = 1


def make_env() -> gymnasium.Env[Any, Any]:
    return FlattenSensors(EncodeGoal(VlaSimEnv(sensors=SENSORS)))


class Driver:
    """Smooth random actions, the same for every contestant."""

    def __init__(self, count: int):
        self._rng, self._turn = np.random.default_rng(SEED), np.zeros(count)

    def actions(self) -> np.ndarray:
        self._turn = 0.8 * self._turn + 0.4 * self._rng.normal(size=self._turn.shape)
        return np.stack([np.full_like(self._turn, 0.4), self._turn], axis=1).astype(np.float32)


class Policy:
    """An untrained policy; what costs time is the same in a trained one."""

    def __init__(self, env: VlaSimVecEnv):
        torch.manual_seed(SEED)
        space = VecTransposeImage.transpose_space(env.observation_space["camera"])  # channels first, as networks want
        spaces = gymnasium.spaces.Dict({**env.observation_space.spaces, "camera": space})
        self._policy = MultiInputActorCriticPolicy(spaces, env.action_space, lambda _: 1e-3)
        self._policy.set_training_mode(False)

    def look(self, observations: dict[str, np.ndarray]) -> None:
        with torch.no_grad():
            tensors = self._policy.obs_to_tensor(observations)[0]
            self._policy(tensors)


class Contestant(Protocol):
    """A vector of environments and what drives it."""

    def block(self, steps: int, policy: Policy | None) -> None:
        """Take steps with every environment."""
        ...

    def close(self) -> None: ...


class LockStep:
    """A vector whose step is waited for."""

    def __init__(self, envs: Any, count: int):
        self._envs, self._driver = envs, Driver(count)
        self._observations = envs.reset()

    def block(self, steps: int, policy: Policy | None) -> None:
        for _ in range(steps):
            if policy is not None:
                policy.look(self._observations)
            self._observations = self._envs.step(self._driver.actions())[0]

    def close(self) -> None:
        self._envs.close()


class Gymnasiums(LockStep):
    """Gymnasium's own, whose reset tells more."""

    def __init__(self, count: int):
        envs = AsyncVectorEnv(
            [make_env] * count, shared_memory=True, context="spawn", autoreset_mode=AutoresetMode.SAME_STEP
        )
        envs.reset(seed=SEED)
        self._envs, self._driver = envs, Driver(count)
        self._observations = envs.step(self._driver.actions())[0]


class Halves:
    """Two vectors of ours, one of which is simulated while the policy looks at the other."""

    def __init__(self, count: int, workers: int):
        half = functools.partial(
            VlaSimVectorEnv, workers=max(workers // 2, 1), autoreset_mode=AutoresetMode.SAME_STEP, copy=False
        )
        sizes = (count // 2, count - count // 2)
        self._halves = [half([make_env] * size) for size in sizes]
        self._drivers = [Driver(size) for size in sizes]
        self._observations = [envs.reset(seed=SEED)[0] for envs in self._halves]

    def block(self, steps: int, policy: Policy | None) -> None:
        for step in range(steps):
            for number, (envs, driver) in enumerate(zip(self._halves, self._drivers, strict=True)):
                if step:
                    self._observations[number] = envs.recv()[0]
                if policy is not None:
                    policy.look(self._observations[number])
                envs.send(driver.actions())
        self._observations = [envs.recv()[0] for envs in self._halves]

    def close(self) -> None:
        for envs in self._halves:
            envs.close()


def seeded(envs: Any) -> Any:
    envs.seed(SEED)
    return envs


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _processor_time() -> float:
    """Return the processor time [s] of this process and of its children, which are alive."""
    ticks = 0
    for pid in [str(os.getpid()), *_children()]:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _children() -> list[str]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    parent = file.read().rpartition(")")[2].split()[1]
            except OSError:
                continue
            # Subprocesses of SubprocVecEnv are children of a fork server.
            if parent in (str(os.getpid()), *found):
                found.append(entry)
    return found


def measure(count: int, steps: int, rounds: int) -> dict[str, Any]:
    workers = min(_cores(), count)
    ours = VlaSimVecEnv([make_env] * count, workers=workers)
    makers: dict[str, Callable[[], Contestant]] = {
        "vla_sim": lambda: LockStep(seeded(ours), count),
        "halves": lambda: Halves(count, workers),
        "subproc_vec_env": lambda: LockStep(seeded(SubprocVecEnv([make_env] * count, "spawn")), count),
        "async_vector_env": lambda: Gymnasiums(count),
    }
    contestants = {name: make() for name, make in makers.items()}
    policy = Policy(ours)
    rates: dict[str, dict[str, list[float]]] = {mode: {name: [] for name in makers} for mode in ("bare", "policy")}
    cpu: dict[str, list[float]] = {name: [] for name in makers}

    def timed(name: str, looking: Policy | None, threads: int) -> tuple[float, float]:
        """Return samples a second and processor milliseconds a sample of one block."""
        torch.set_num_threads(threads)
        before, begin = _processor_time(), time.perf_counter()
        contestants[name].block(steps, looking)
        samples = steps * count
        return samples / (time.perf_counter() - begin), 1e3 * (_processor_time() - before) / samples

    for number in range(rounds + 1):
        # Every other round the other way about: nobody always comes after the same one.
        for name in list(makers)[:: 1 if number % 2 else -1]:
            bare, spent = timed(name, None, 1)
            tries = (1, 1 if name == "halves" else _cores())  # two for everybody: the better of two is not by chance
            looked = max(timed(name, policy, threads)[0] for threads in tries)
            if number > 0:  # the first round warms up
                rates["bare"][name].append(bare)
                rates["policy"][name].append(looked)
                cpu[name].append(spent)
    for contestant in contestants.values():
        contestant.close()

    def ratio(mode: str, name: str, other: str) -> float:
        pairs = zip(rates[mode][name], rates[mode][other], strict=True)
        return round(statistics.median(own / their for own, their in pairs), 3)

    return {
        "ratio_to_subproc_vec_env": ratio("policy", "halves", "subproc_vec_env"),
        "ratio_to_subproc_vec_env_lock_step": ratio("policy", "vla_sim", "subproc_vec_env"),
        "ratio_to_subproc_vec_env_bare": ratio("bare", "vla_sim", "subproc_vec_env"),
        "ratio_to_subproc_vec_env_bare_halves": ratio("bare", "halves", "subproc_vec_env"),
        "ratio_to_async_vector_env": ratio("policy", "halves", "async_vector_env"),
        "ratio_to_async_vector_env_lock_step": ratio("policy", "vla_sim", "async_vector_env"),
        "ratio_to_async_vector_env_bare": ratio("bare", "vla_sim", "async_vector_env"),
        "samples_per_second": {
            mode: {name: round(statistics.median(values), 1) for name, values in results.items()}
            for mode, results in rates.items()
        },
        "cpu_ms": {name: round(statistics.median(values), 3) for name, values in cpu.items()},
        "num_envs": count,
        "workers": workers,
        "cores": _cores(),
        "steps": steps,
        "rounds": rounds,
        "version": vla_sim.__version__,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--num-envs", type=int, default=8)
    parser.add_argument("--steps", type=int, default=40, help="steps of every environment in a block")
    parser.add_argument("--rounds", type=int, default=12, help="blocks of each contestant")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    args = parser.parse_args()
    result = measure(args.num_envs, args.steps, args.rounds)
    print(f"{result['num_envs']} environments, {result['cores']} cores; samples a second")
    print(f"{'':<20}{'bare':>9}{'policy':>9}{'CPU ms':>9}")
    for name, spent in result["cpu_ms"].items():
        bare, policy = (result["samples_per_second"][mode][name] for mode in ("bare", "policy"))
        print(f"{name:<20}{bare:9.1f}{policy:9.1f}{spent:9.3f}")
    for name, value in result.items():
        if name.startswith("ratio"):
            print(f"{name:<40}{value:7.3f}")
    if args.json:
        print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
