"""How often the fusion agent succeeds with words in place of speeds, beside the same checkpoint with speeds.

    python benchmarks/discrete_agent.py [CHECKPOINT] [--worlds arena] [--tasks ...] [--trials 5] [--replan 3]

Both drive the same trials, clean. The third column is the same checkpoint's speeds turned into words one at a time,
without the sequence decoder: what the discrete space itself costs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from gymnasium.spaces import Discrete
from vla_agents.actions import MOTION, Encoder
from vla_agents.fusion import discrete
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.checkpoint import SHIPPED, read_card
from vla_agents.fusion.steps import speeds_of
from vla_agents.steering import STOP

from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.vocabulary import WORDS

TASKS = ("go_to_object", "stop_in_front", "turn_by_angle", "follow_wall", "hold_heading", "stop_on_command")


class Modulated(FusionAgent):
    """Speeds of each step as words."""

    def reset(self, seed: int) -> None:
        super().reset(seed)
        self._words = Encoder(Discrete(len(WORDS)))

    def act(self, observation: Mapping[str, Any]) -> int:
        super().act(observation)
        assert self.decision is not None
        action = int(self._words.encode(STOP if self.mind.dead else speeds_of(self.decision)))
        self._asked = MOTION.get(WORDS[action], STOP)
        return action


def successes(env: VlaSimEnv, agent: FusionAgent, task: str, trials: int) -> int:
    count = 0
    for trial in range(trials):
        observation, info = env.reset(seed=810_000 + trial, options={"task": task})
        agent.reset(0)
        over = False
        while not over:
            observation, _, terminated, truncated, info = env.step(agent.act(observation))
            over = terminated or truncated
        count += bool(info["success"])
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, nargs="?", default=SHIPPED)
    parser.add_argument("--worlds", nargs="+", default=["arena"])
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--replan", type=int, default=discrete.REPLAN)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    discrete.REPLAN = options.replan
    ways: dict[str, tuple[str, Callable[[Path], FusionAgent]]] = {
        "speeds": ("continuous", FusionAgent),
        "sequences": ("discrete", discrete.DiscreteFusionAgent),
        "speeds as words": ("discrete", Modulated),
    }
    if not read_card(options.checkpoint).sequence:
        print(f"{options.checkpoint}: no sequence decoder, so no sequences")
        del ways["sequences"]
    table: dict[str, dict[str, int]] = {}
    for world in options.worlds:
        for way, (space, make) in ways.items():
            env = VlaSimEnv(world, options.tasks[0], action_type=space)  # type: ignore[arg-type]
            agent = make(options.checkpoint)
            for task in options.tasks:
                row = table.setdefault(f"{world} {task}", {})
                row[way] = successes(env, agent, task, options.trials)
                print(f"{world} {task}: {way} {row[way]}/{options.trials}", flush=True)
            env.close()
    total = {way: sum(row[way] for row in table.values()) for way in ways}
    print(f"all, of {options.trials * len(table)}, replanning every {options.replan}: {total}")
    if options.json:
        print(json.dumps({"trials": options.trials, "replan": options.replan, "tasks": table, "all": total}))


if __name__ == "__main__":
    main()
