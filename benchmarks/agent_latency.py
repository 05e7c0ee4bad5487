"""How long the fusion agent takes from an observation to a command, on one core, and which part takes how much of it.

    python benchmarks/agent_latency.py [--agent fusion] [--trials 6] [--json]

The agent drives trials of the apartment, where its maps grow largest, and is measured at every step. The parts are timed
apart, with the same inputs.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
import torch

from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.belief import eye_inputs
from vla_agents.fusion.mind import Mind
from vla_sim.agent import load_agent
from vla_sim.envs.env import VlaSimEnv

TASKS = ("go_to_object", "go_between", "visit_in_order", "follow_wall", "turn_by_angle")


def percentiles(seconds: list[float]) -> dict[str, float]:
    p50, p95, p99 = np.percentile(np.array(seconds) * 1e3, [50, 95, 99])
    return {"p50_ms": round(float(p50), 3), "p95_ms": round(float(p95), 3), "p99_ms": round(float(p99), 3)}


def timed(call: Callable[[], object], times: int = 200) -> dict[str, float]:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return percentiles(seconds[times // 10 :])


def measure(name: str, trials: int) -> dict[str, object]:
    agent = load_agent(name)
    assert isinstance(agent, FusionAgent)
    env = VlaSimEnv("apartment", TASKS[0])
    acting, first = [], []
    observation = {}
    for trial in range(trials):
        observation, _ = env.reset(seed=700_000 + trial, options={"task": TASKS[trial % len(TASKS)]})
        agent.reset(0)
        for step in range(300):
            start = time.perf_counter()
            action = agent.act(observation)
            # The words are read at the first step alone.
            (acting if step else first).append(time.perf_counter() - start)
            observation, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                break
    networks, mind = agent.networks, agent.mind
    inputs = mind.perceive(observation)
    frame, depth = eye_inputs(mind.belief.senses, paired=True)
    words = agent.mind
    env.close()
    with torch.inference_mode():
        parts = {
            "eye": timed(lambda: networks.eye(frame, depth)),
            "policy": timed(lambda: networks.policy(inputs)),
            "health": timed(lambda: networks.health(torch.from_numpy(words.signs)[None])),
            "all but the policy": timed(lambda: _perceive_anew(agent, observation), 50),
        }
    return {
        "agent": name,
        "steps": len(acting),
        "step": percentiles(acting),
        "step_with_new_words": percentiles(first),
        "parts": parts,
        "parameters": {part: sum(p.numel() for p in net.parameters()) for part, net in networks.named_children()},
    }


def _perceive_anew(agent: FusionAgent, observation: dict[str, object]) -> None:
    mind = Mind(agent.networks, agent._encoder)
    mind.perceive(observation)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", default="fusion")
    parser.add_argument("--trials", type=int, default=6)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    result = measure(options.agent, options.trials)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['agent']}: {result['step']} over {result['steps']} steps; new words: {result['step_with_new_words']}")
    for part, times in result["parts"].items():  # type: ignore[attr-defined]
        print(f"  {part}: {times}")


if __name__ == "__main__":
    main()
