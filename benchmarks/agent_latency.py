"""How long the fusion agent takes from an observation to a command, on one core, and which part takes how much of it.

    python benchmarks/agent_latency.py [--agent fusion] [--trials 6] [--backends eager compile onnx int8] [--json]

The agent drives trials of the apartment, where its maps grow largest, and is measured at every step. The parts are
timed apart, with the same inputs. Then other ways to run the same networks watch the same trials, step by step beside
the eager one that drives; how far their actions are from its actions is given in m/s and rad/s, and so is how far their
policy is from its policy when both are given the very same inputs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.belief import eye_inputs
from vla_agents.fusion.checkpoint import SHIPPED
from vla_agents.fusion.control.inputs import Inputs
from vla_agents.fusion.control.policy import SCALE
from vla_agents.fusion.export import export_checkpoint
from vla_agents.fusion.mind import Mind
from vla_agents.fusion.onnx_agent import OnnxFusionAgent, SmallOnnxFusionAgent

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


BACKENDS = ("eager", "compile", "onnx", "int8")
WARM_UP = 3
"""First steps whose times are not counted."""


def compiled(checkpoint: Path) -> FusionAgent:
    agent = FusionAgent(checkpoint)
    for part in ("eye", "policy", "health"):
        setattr(agent.networks, part, torch.compile(getattr(agent.networks, part)))
    agent.reset(0)
    return agent


class Watch:
    """A backend beside the one that drives: its times and how far it is off."""

    def __init__(self, agent: FusionAgent):
        self.agent = agent
        self.times: dict[str, list[float]] = {"step": [], "eye": [], "policy": []}
        self.apart: list[np.ndarray] = []
        self.policy_apart: list[np.ndarray] = []

    @torch.inference_mode()
    def step(self, driver: FusionAgent, observation: dict[str, object], action: np.ndarray, inputs: Inputs) -> None:
        start = time.perf_counter()
        own = self.agent.act(observation)
        self.times["step"].append(time.perf_counter() - start)
        self.agent._asked = driver._asked
        self.apart.append(np.abs(np.asarray(own) - action))
        start = time.perf_counter()
        decision = self.agent.networks.policy(inputs)
        self.times["policy"].append(time.perf_counter() - start)
        right = driver.networks.policy(inputs)
        self.policy_apart.append(((decision.speeds - right.speeds).abs()[0, 0] * SCALE).numpy())
        if driver.mind.belief.senses.camera is not None:
            frame = eye_inputs(driver.mind.belief.senses, paired=True)
            start = time.perf_counter()
            self.agent.networks.eye(*frame)
            self.times["eye"].append(time.perf_counter() - start)

    def forget_times(self) -> None:
        self.times = {part: [] for part in self.times}

    def row(self) -> dict[str, object]:
        apart, policy_apart = np.array(self.apart), np.array(self.policy_apart)
        return {
            **{part: percentiles(times) for part, times in self.times.items()},
            "largest_action_difference": [float(f"{each:.2g}") for each in apart.max(0)],
            "mean_action_difference": [float(f"{each:.2g}") for each in apart.mean(0)],
            "largest_policy_difference": [float(f"{each:.2g}") for each in policy_apart.max(0)],
        }


def compare(checkpoint: Path, backends: Sequence[str], trials: int) -> dict[str, object]:
    """Let the eager agent drive, and every backend watch."""
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder)
        if {"onnx", "int8"} & set(backends):
            export_checkpoint(checkpoint, exported)
        makers: dict[str, Callable[[], FusionAgent]] = {
            "eager": lambda: FusionAgent(checkpoint),
            "compile": lambda: compiled(checkpoint),
            "onnx": lambda: OnnxFusionAgent(exported),
            "int8": lambda: SmallOnnxFusionAgent(exported),
        }
        watches = {name: Watch(makers[name]()) for name in backends}
    driver = FusionAgent(checkpoint)
    env = VlaSimEnv("apartment", TASKS[0])
    for trial in range(trials):
        observation, _ = env.reset(seed=700_000 + trial, options={"task": TASKS[trial % len(TASKS)]})
        for agent in (driver, *(watch.agent for watch in watches.values())):
            agent.reset(0)
        for step in range(100):
            seen: list[Inputs] = []
            hook = driver.networks.policy.register_forward_pre_hook(lambda _, args, seen=seen: seen.append(args[0]))
            action = np.asarray(driver.act(observation))
            hook.remove()
            for watch in watches.values():
                watch.step(driver, observation, action, seen[0])
                if trial == 0 and step < WARM_UP:
                    watch.forget_times()
            observation, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                break
    env.close()
    return {name: watch.row() for name, watch in watches.items()}


def _perceive_anew(agent: FusionAgent, observation: dict[str, object]) -> None:
    mind = Mind(agent.networks, agent._encoder)
    mind.perceive(observation)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", default="fusion")
    parser.add_argument("--trials", type=int, default=6)
    parser.add_argument("--backends", nargs="*", choices=BACKENDS, default=list(BACKENDS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    result = measure(options.agent, options.trials)
    checkpoint = Path(options.agent.partition("@")[2] or SHIPPED)
    result["backends"] = compare(checkpoint, options.backends, min(options.trials, 3)) if options.backends else {}
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['agent']}: {result['step']} over {result['steps']} steps")
    print(f"  with new words: {result['step_with_new_words']}")
    for part, times in result["parts"].items():  # type: ignore[attr-defined]
        print(f"  {part}: {times}")
    for backend, row in result["backends"].items():  # type: ignore[attr-defined]
        print(f"{backend}:")
        for what, value in row.items():
            print(f"  {what}: {value}")


if __name__ == "__main__":
    main()
