"""Whether the words decide what an arm takes: on the same tables the usual thing is named, and another one.

A layout of ``pick_up`` has one thing that is meant. Each is played twice, from the same seed: told to pick up that one,
and told so of another thing that stands there. It counts what the arm lifts. Run it as
``python benchmarks/arm_words.py --json``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from vla_sim.bench.statistics.proportion import Proportion
from vla_sim.envs.env import VlaSimEnv

VARIATION = {"light": (0.6, 1.4), "colour": 0.06, "size": (0.85, 1.15)}
LIFTED = 0.05
"""How far above the table what was taken is [m]."""
MOST = 300
"""Steps of a trial at most."""


def play(seeds: list[int]) -> list[tuple[int, str, str]]:
    """Return for each seed and for each of both sentences the seed, what was named and what was taken first."""
    from vla_agents.fusion.arm.agent import ArmFusionAgent

    agent = ArmFusionAgent()
    env = VlaSimEnv("tabletop", "pick_up", action_type="end_effector", variation=VARIATION)
    results: list[tuple[int, str, str]] = []
    for seed in seeds:
        observation, _ = env.reset(seed=seed)
        meant = env.episode.plan[0].model
        there = env.site.present(env.episode.placements)
        tags = {name: env.site.objects[name] for name in there if name in env.site.objects}
        others = [name for name in tags if name != meant]
        if not others:
            continue
        for named in (meant, others[seed % len(others)]):
            observation, _ = env.reset(seed=seed)
            agent.reset(seed)
            tag = tags[named]
            words = f"pick up the {tag.colour} {tag.noun}"
            taken = "nothing"
            for _ in range(MOST):
                observation, *_, over, _ = env.step(agent.act({**observation, "goal": words}))
                lifted = [name for name in tags if name in env.truth.held and _height(env, name) > LIFTED]
                if lifted:
                    taken = lifted[0]
                if lifted or over:
                    break
            results.append((seed, "usual" if named == meant else "other", _verdict(taken, named, meant)))
    env.close()
    return results


def _height(env: VlaSimEnv, name: str) -> float:
    robot = env.truth.models[env.site.semantics.robot].pose
    return float(robot.inverse().transform(env.truth.models[name].pose.position)[2])


def _verdict(taken: str, named: str, meant: str) -> str:
    if taken == named:
        return "the one that was named"
    return "nothing" if taken == "nothing" else "the usual one" if taken == meant else "a third one"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    options = parser.parse_args()
    seeds = [list(range(9000 + job, 9000 + options.trials, options.jobs)) for job in range(options.jobs)]
    with ProcessPoolExecutor(options.jobs) as pool:
        results = [result for part in pool.map(play, seeds) for result in part]
    told: dict[str, Any] = {}
    for which in ("usual", "other"):
        verdicts = Counter(verdict for _, named, verdict in results if named == which)
        share = Proportion(verdicts["the one that was named"], sum(verdicts.values()))
        print(f"{which} thing named: {share.successes}/{share.trials} took it; {dict(verdicts)}")
        told[which] = {**verdicts, "interval": share.interval}
    if options.json:
        print(json.dumps(told))


if __name__ == "__main__":
    main()
