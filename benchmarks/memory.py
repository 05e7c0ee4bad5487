"""Peak memory of one environment with all its sensors, and its growth over thousands of episodes in one process.

Run it as ``python benchmarks/memory.py --json``.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

import vla_sim
from vla_sim.envs.env import VlaSimEnv

MIB = 2**20


def resident() -> float:
    """Return the resident memory of this process now [MiB] (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MIB


def measure(world: str, episodes: int, steps: int) -> dict[str, Any]:
    env = gymnasium.make(f"VlaSim/{world.capitalize()}-v0", disable_env_checker=True).unwrapped
    assert isinstance(env, VlaSimEnv)
    rng = np.random.default_rng(0)
    # The first episodes fill caches that are meant to stay: tasks draw from the same site ever after.
    warm_up = max(episodes // 10, 1)
    before = 0.0
    for episode in range(warm_up + episodes):
        if episode == warm_up:
            before = resident()
        env.reset(seed=episode)
        for _ in range(steps):
            _, _, terminated, truncated, _ = env.step(rng.uniform(env.action_space.low, env.action_space.high))
            if terminated or truncated:
                break
    after = resident()
    env.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "peak_mib": round(peak, 1),
        "growth_percent": round(100 * (after - before) / before, 2),
        "resident_mib": {"before": round(before, 1), "after": round(after, 1)},
        "episodes": episodes,
        "steps_per_episode": steps,
        "world": world,
        "torch_loaded": "torch" in sys.modules,
        "version": vla_sim.__version__,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="apartment")
    parser.add_argument("--episodes", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=5, help="env steps of each episode")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    args = parser.parse_args()
    result = measure(args.world, args.episodes, args.steps)
    print(f"peak memory   {result['peak_mib']:8.1f} MiB")
    print(f"growth        {result['growth_percent']:8.2f} % over {result['episodes']} episodes")
    if args.json:
        print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
