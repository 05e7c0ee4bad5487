"""Whether the words decide where the rover goes: in the same scenes the usual thing is named, another one, and nothing.

A scene of ``go_to_object`` has three to five things, one of which is meant. Each is played three times, from the same
seed: told to go to that one, told so of another thing that stands there, and told nothing at all. It counts where the
rover comes to stand. Chance is what a rover does that goes to any of them.

    python benchmarks/rover_words.py --json
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from vla_sim.agent import load_agent
from vla_sim.bench.statistics.proportion import Proportion
from vla_sim.envs.env import VlaSimEnv
from vla_sim.tasks.motion import first_motion
from vla_sim.tasks.region import holds

FIRST_SEED = 9_000_000
TOLD = {"usual": "the usual one", "other": "the other one", "nothing": "the usual one"}
"""What it is told of, and where success is."""


def play(agent_name: str, seeds: list[int]) -> list[tuple[str, str, float]]:
    """Return what was told, where the rover came to stand, and chance, for each seed and each way to tell it."""
    agent, env = load_agent(agent_name), VlaSimEnv("arena", "go_to_object")
    results: list[tuple[str, str, float]] = []
    for seed in seeds:
        for told in TOLD:
            observation, info = env.reset(seed=seed)
            agent.reset(seed)
            meant, *others = (goal.name for goal in env.episode.alternatives)
            named = meant if told == "usual" else others[seed % len(others)]
            tag = env.site.objects[named]
            words = "" if told == "nothing" else f"go to the {tag.colour} {tag.noun}"
            over = False
            while not over:
                observation, _, terminated, truncated, info = env.step(agent.act({**observation, "goal": words}))
                over = terminated or truncated
            verdict = _verdict(env, bool(info["success"]), info["reason"], named, meant)
            results.append((told, verdict, 1 / len(env.episode.alternatives)))
    env.close()
    return results


def _verdict(env: VlaSimEnv, success: bool, reason: str, named: str, meant: str) -> str:
    """Say where the rover came to stand; a trial ends when it stands at anything."""
    if success:
        return "the usual one"
    if reason != "wrong_object":
        return reason
    now = first_motion(env.truth, env.site.semantics.robot)
    goals = [goal for goal in env.episode.alternatives if goal.name != meant]
    stood = [goal.name for goal in goals if holds(goal.region, now.x, now.y, now.locate)]
    return "the other one" if stood == [named] else "a third one"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", default="fusion")
    parser.add_argument("--trials", type=int, default=200, help="scenes, each played three times")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    options = parser.parse_args()
    seeds = [list(range(FIRST_SEED + job, FIRST_SEED + options.trials, options.jobs)) for job in range(options.jobs)]
    with ProcessPoolExecutor(options.jobs) as pool:
        results = [result for part in pool.map(play, [options.agent] * options.jobs, seeds) for result in part]
    found: dict[str, Any] = {}
    for told, wanted in TOLD.items():
        verdicts = Counter(verdict for which, verdict, _ in results if which == told)
        chance = sum(each for which, _, each in results if which == told) / sum(verdicts.values())
        share = Proportion(verdicts[wanted], sum(verdicts.values()))
        print(f"told {told}: {share.successes}/{share.trials} at {wanted} (chance {chance:.2f}); {dict(verdicts)}")
        found[told] = {"verdicts": dict(verdicts), "at": wanted, "interval": share.interval, "chance": round(chance, 3)}
    if options.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
