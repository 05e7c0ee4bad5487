"""Answers a second of ``vla-sim serve`` to several clients, with a batch of their requests and without.

Two servers of the fusion agent, one that puts up to as many requests together as there are clients and one that does
not, each a process of its own, answer the same recorded observations. The clients send all at once and then wait for
all, as environments in lock-step do; blocks alternate between the servers. ``ratio_batched`` is the median over the
rounds of ratios within a round; ``latency_ms`` is what a client waits.

    python benchmarks/remote.py --json
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

import vla_sim
from vla_sim.envs.env import VlaSimEnv
from vla_sim.remote.address import Address
from vla_sim.remote.client import RemoteAgent, act_together

SEED = 1


@contextlib.contextmanager
def serving(batch: int) -> Iterator[str]:
    """Serve the fusion agent and give the address."""
    command = [sys.executable, "-c", "from vla_sim.cli import main; main()", "serve", "--agent", "fusion"]
    command += ["--port", "0", "--batch", str(batch)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().split()[-1]
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def recorded(steps: int) -> list[dict[str, Any]]:
    """Return what a robot sees that drives about."""
    env = VlaSimEnv("arena", "go_to_object")
    seen = [env.reset(seed=SEED)[0]]
    rng = np.random.default_rng(SEED)
    while len(seen) < steps:
        observation, _, terminated, truncated, _ = env.step([0.3, 0.5 * rng.normal()])
        if terminated or truncated:
            break
        seen.append(observation)
    env.close()
    return seen


def measure(clients: int, steps: int, rounds: int) -> dict[str, Any]:
    observations = recorded(steps)
    rates: dict[str, list[float]] = {"batched": [], "apart": []}
    latencies: dict[str, list[float]] = {name: [] for name in rates}
    with serving(clients) as batched, serving(1) as apart:
        agents = {
            name: [RemoteAgent(Address.of(f"{address}?timeout=60")) for _ in range(clients)]
            for name, address in (("batched", batched), ("apart", apart))
        }
        for number in range(rounds + 1):
            for name in list(agents)[:: 1 if number % 2 else -1]:
                for seed, agent in enumerate(agents[name]):
                    agent.reset(seed)
                    agent.latencies.clear()
                begin = time.perf_counter()
                for observation in observations:
                    act_together(agents[name], [observation] * clients)
                if number > 0:  # the first round warms up
                    rates[name].append(len(observations) * clients / (time.perf_counter() - begin))
                    latencies[name] += [each for agent in agents[name] for each in agent.latencies]
        for each in (agent for group in agents.values() for agent in group):
            each.close()
    pairs = zip(rates["batched"], rates["apart"], strict=True)
    return {
        "ratio_batched": round(statistics.median(one / other for one, other in pairs), 3),
        "answers_per_second": {name: round(statistics.median(each), 1) for name, each in rates.items()},
        "latency_ms": {
            name: {f"p{share}": round(1e3 * float(np.percentile(each, share)), 2) for share in (50, 95)}
            for name, each in latencies.items()
        },
        "clients": clients,
        "steps": len(observations),
        "rounds": rounds,
        "cores": len(os.sched_getaffinity(0)),
        "version": vla_sim.__version__,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--steps", type=int, default=30, help="requests of each client in a block")
    parser.add_argument("--rounds", type=int, default=5, help="blocks of each server")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    args = parser.parse_args()
    result = measure(args.clients, args.steps, args.rounds)
    for name, value in result.items():
        print(f"{name:<20}{value}")
    if args.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
