"""Measures the fusion agent and writes what comes out into ``agent.md``: ``make agent-report`` (hours; TRIALS=4: less).

Suites go on where they were stopped. What is written stands between two marks in the document, and nothing by hand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.perception.grounding import attention_map, grounded, over_frame

from vla_sim.bench.statistics.paired import RESAMPLES, Paired
from vla_sim.bench.statistics.proportion import Proportion
from vla_sim.envs.env import VlaSimEnv

DOCS = Path(__file__).parent
ROOT, RUNS, PAGE = DOCS.parent, DOCS.parent / "runs" / "agent-report", DOCS / "agent.md"
BEGIN, END = "<!-- begin of what was measured -->\n", "<!-- end of what was measured -->\n"
STRATEGIES = ("attention", "intermediate", "late", "early")
SCENES = (("arena", 11), ("apartment", 4), ("warehouse", 2))
"""World and seed of the pictures."""


def run(suite: str, agent: str, trials: int, jobs: int) -> list[dict[str, Any]]:
    """Run a suite, or what is left of it, and return its trials."""
    out = RUNS / f"{suite}-{agent}"
    program = str(Path(sys.executable).with_name("vla-sim"))
    command = [program, "run", str(ROOT / "scenarios" / f"{suite}.yaml"), "--agent", agent]
    subprocess.run([*command, "--trials", str(trials), "--jobs", str(jobs), "--out", str(out)], check=True)
    return [json.loads(line) for line in (out / "trials.jsonl").read_text(encoding="utf-8").splitlines()]


def rate(trials: Iterable[dict[str, Any]]) -> str:
    """Return a success rate with its Wilson interval, as a cell of a table."""
    wins = [trial["outcome"] == "success" for trial in trials]
    share = Proportion(sum(wins), len(wins))
    if share.rate is None or share.interval is None:
        return ""
    low, high = share.interval
    return f"{share.rate:.0%} ({low:.0%} to {high:.0%}), {share.trials}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)) + "\n"


def by(trials: list[dict[str, Any]], **wanted: str) -> list[dict[str, Any]]:
    """Return the trials whose fields are as wanted."""
    return [trial for trial in trials if all(trial[name] == value for name, value in wanted.items())]


def names(trials: list[dict[str, Any]], field: str) -> list[str]:
    """Return the values of a field in the order in which they come."""
    return list(dict.fromkeys(str(trial[field]) for trial in trials))


def success(trials: list[dict[str, Any]]) -> str:
    """Return success by task and world."""
    worlds = names(trials, "world")
    rows = [[task, *(rate(by(trials, task=task, world=world)) for world in worlds)] for task in names(trials, "task")]
    return table(["", *worlds], [*rows, ["**all**", *(rate(by(trials, world=world)) for world in worlds)]])


def sensors(trials: list[dict[str, Any]]) -> str:
    """Return success by task and by the sensor that fails, resilience on the same seeds, and collisions."""
    arms = names(trials, "arm")
    rows = [[task, *(rate(by(trials, task=task, arm=arm)) for arm in arms)] for task in names(trials, "task")]
    crashed = [f"{sum(trial['reason'] == 'collision' for trial in by(trials, arm=arm))}" for arm in arms]
    return table(
        ["", *arms],
        [
            *rows,
            ["**all**", *(rate(by(trials, arm=arm)) for arm in arms)],
            ["resilience", *(resilience(twins(by(trials, arm="clean"), by(trials, arm=arm))) for arm in arms)],
            ["collisions", *crashed],
        ],
    )


def twins(ones: list[dict[str, Any]], others: list[dict[str, Any]]) -> Paired:
    """Pair trials of the same scenario, index and seed."""
    known = {(trial["scenario"], trial["index"], trial["seed"]): trial["outcome"] == "success" for trial in ones}
    met = [
        (known.get((each["scenario"], each["index"], each["seed"])), each["outcome"] == "success") for each in others
    ]
    return Paired.count((one, other) for one, other in met if one is not None)


def resilience(paired: Paired) -> str:
    """Return what is left of the clean success, with its interval."""
    if paired.resilience is None or paired.resilience_interval is None:
        return ""
    low, high = paired.resilience_interval
    return f"{paired.resilience:.2f} ({low:.2f} to {high:.2f})"


def fusions(runs: dict[str, list[dict[str, Any]]]) -> str:
    """Return success of every strategy by the sensor that fails, and what the first is better by, on the same seeds."""
    first, *_ = runs.values()
    arms = names(first, "arm")
    rows = [[name, *(rate(by(each, arm=arm)) for arm in arms)] for name, each in runs.items()]
    faulted = {name: [trial for trial in each if trial["arm"] != "clean"] for name, each in runs.items()}
    best, *others = faulted
    compared = [[f"{best} over {name}", gain(faulted[best], faulted[name])] for name in others]
    return table(["", *arms], rows) + "\n" + table(["with any sensor dead, paired", "points, 95 % interval"], compared)


def gain(best: list[dict[str, Any]], other: list[dict[str, Any]]) -> str:
    """Return by how many points one is better in the mean over faults; the interval is of scenes drawn anew.

    All arms of a scene are kept together: they are no independent trials.
    """
    wins = [
        {(trial["scenario"], trial["index"], trial["arm"]): trial["outcome"] == "success" for trial in trials}
        for trials in (best, other)
    ]
    scenes: dict[tuple[str, int], list[int]] = {}
    for key in wins[0].keys() & wins[1].keys():
        scenes.setdefault(key[:2], []).append(wins[0][key] - wins[1][key])
    means = np.array([np.mean(scenes[scene]) for scene in sorted(scenes)])
    drawn = np.random.default_rng(0).choice(means, (RESAMPLES, len(means))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{100 * means.mean():+.1f} ({100 * low:+.1f} to {100 * high:+.1f}), {len(means)} scenes"


def learned(scores: dict[str, Any]) -> str:
    """Return what eye, reader and health have learned."""
    pointing = [[name, f"{each['share']:.1%}", str(each["count"])] for name, each in scores["pointing"].items()]
    boxes = [
        [world, *(f"{each[name]:.2f}" for name in ("precision", "recall", "range_error"))]
        for world, each in scores["boxes"].items()
    ]
    parts = ("skill", "side", "metres", "degrees")
    reading = [[name, *(f"{each[part]:.1%}" for part in parts)] for name, each in scores["reading"].items()]
    health = [[name, f"{each['auroc']:.3f}", f"{each['ece']:.3f}"] for name, each in scores["failing_sensors"].items()]
    health.append(["any, by total certainty", f"{scores['doubt']['auroc']:.3f}", ""])
    return "\n".join(
        (
            table(["pointing at what the words name", "right", "n"], pointing),
            table(["boxes at IoU 0.5", "precision", "recall", "range error"], boxes),
            table(["words read right", *parts], reading),
            table(["sensor fails", "AUROC", "calibration error"], health),
        )
    )


def attention(path: Path) -> None:
    """Draw frames, where the words' attention lies in them, and the boxes that it comes down to."""
    agent, rows = FusionAgent(), []
    for world, seed in SCENES:
        env = VlaSimEnv(world, "go_to_object")
        observation, _ = env.reset(seed=seed)
        agent.reset(seed)
        frames: list[tuple[float, np.ndarray]] = []
        for _ in range(60):
            observation, *_ = env.step(agent.act(observation))
            sight, meaning = agent.mind.belief.sight, agent.mind.meaning
            if sight is None or meaning is None:
                continue
            mention, words = meaning.queries[0, 0], str(observation["goal"])
            size = observation["camera"].shape[:2]
            heat = (255 * over_frame(attention_map(sight, mention), size)).byte().numpy()
            frame = cv2.cvtColor(observation["camera"], cv2.COLOR_RGB2BGR)
            boxes = grounded(sight, mention, words, size)
            frames.append((boxes[0].score if boxes else 0.0, _drawn(frame, heat, boxes, words)))
        rows.append(max(frames, key=lambda each: each[0])[1])
        env.close()
    cv2.imwrite(str(path), np.vstack(rows))


def _drawn(frame: np.ndarray, heat: np.ndarray, boxes: list[Any], words: str) -> np.ndarray:
    scale = 3
    large = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    colours = cv2.applyColorMap(cv2.resize(heat, large.shape[1::-1]), cv2.COLORMAP_VIRIDIS)
    marked = large.copy()
    for box in boxes[:1]:
        left, top, right, bottom = (round(scale * value) for value in box.box)
        cv2.rectangle(marked, (left, top), (right, bottom), (255, 255, 255), 2)
    strip = np.full((26, 3 * large.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, words, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([strip, np.hstack([large, cv2.addWeighted(large, 0.35, colours, 0.65, 0.0), marked])])


def clean(args: argparse.Namespace) -> str:
    """Return success in seen words, with nothing failing."""
    return "### Clean, by task and world, in seen words\n\n" + success(run("fusion", "fusion", args.trials, args.jobs))


def words(args: argparse.Namespace) -> str:
    """Return success in held-out words and about held-out pairs, and whether words decide where it goes."""
    program = str(ROOT / "benchmarks" / "rover_words.py")
    told = subprocess.run(
        [sys.executable, program, "--jobs", str(args.jobs)], check=True, capture_output=True, text=True
    )
    return "\n".join(
        (
            "### In held-out words, arena\n",
            success(run("fusion_words", "fusion", args.trials, args.jobs)),
            "### About things whose colour and shape were never learned together, arena\n",
            success(run("fusion_pairs", "fusion", 2 * args.trials, args.jobs)),
            "### Whether the words decide, `python benchmarks/rover_words.py`\n\n```",
            told.stdout + "```\n",
        )
    )


def faults(args: argparse.Namespace) -> str:
    """Return success with each sensor dead, and by strategy."""
    best, *others = args.strategies
    first = run("fusion_faults", f"fusion-{best}", 3 * args.trials // 2 + 1, args.jobs)
    runs = {best: first}
    runs |= {name: run("fusion_faults", f"fusion-{name}", args.strategy_trials, args.jobs) for name in others}
    return "\n".join(
        (
            f"### With a dead sensor, arena, `fusion-{best}`\n",
            sensors(first),
            "### Every fusion strategy\n",
            fusions(runs),
        )
    )


def senses(args: argparse.Namespace) -> str:
    """Return what eye, reader and health have learned, and a picture of the attention."""
    done = subprocess.run([sys.executable, "-m", "vla_agents.training.report"], check=True, capture_output=True)
    attention(DOCS / "images" / "attention.png")
    return "\n".join(
        (
            "### What was learned apart from driving\n",
            learned(json.loads(done.stdout)),
            "### Where the words look\n",
            "![Frames, attention of the words over them, and the box that it comes down to](images/attention.png)\n",
        )
    )


def latency(args: argparse.Namespace) -> str:
    """Return how long a step takes, by part."""
    program = str(ROOT / "benchmarks" / "agent_latency.py")
    done = subprocess.run([sys.executable, program, "--json"], check=True, capture_output=True)
    return "### Time for a step [ms]\n\n```\n" + json.dumps(json.loads(done.stdout), indent=1) + "\n```\n"


PARTS = {"clean": clean, "words": words, "faults": faults, "senses": senses, "latency": latency}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=16, help="of each task in a world, clean")
    parser.add_argument("--strategy-trials", type=int, default=4, help="each task and fault, the other strategies'")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--strategies", nargs="*", default=STRATEGIES, help="which are run under faults")
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=list(PARTS), help="what is measured")
    args = parser.parse_args()
    torch.set_num_threads(1)
    text = (
        f"Made by `make agent-report TRIALS={args.trials}` ({', '.join(args.parts)}), with the shipped checkpoint, on\n"
        "seeds that were not trained on: share of success, 95 % interval (Wilson), number of trials.\n\n"
    ) + "\n".join(PARTS[part](args) for part in args.parts)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + text + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
