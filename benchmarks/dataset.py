"""Frames a core-second that a dataset is written and read with, and what recording adds to the simulation.

Trials of the expert in the arena, all sensors at their own rates. The same frames are simulated, then written by the
recorder's own writer, joined into a dataset, and read back in order and at random. ``share_of_simulation`` is what
writing and joining cost as a share of simulating the same frames.

    python benchmarks/dataset.py --json
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vla_sim.agent import load_agent
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.trial import run_trial
from vla_sim.bench.worker import make_env
from vla_sim.dataset.assembly import assemble
from vla_sim.dataset.part import PartWriter
from vla_sim.dataset.reader import Dataset
from vla_sim.dataset.schema import LINES, schema_of

SUITE = """\
name: benchmark
seed: 1
defaults: {{world: arena, trials: {trials}, task: go_to_object}}
scenarios: [{{name: go}}]
"""
CAMERA = "observation.images.camera"


class Kept:
    """Keeps a trial's observations and actions."""

    def __init__(self) -> None:
        self.observations: list[Mapping[str, Any]] = []
        self.actions: list[np.ndarray] = []

    def watch(self, env: Any, observation: Mapping[str, Any], info: Mapping[str, Any]) -> None:
        if self.observations:
            self.actions.append(np.array([env.command.linear, env.command.angular], np.float32))
        self.observations.append(observation)


def measure(trials: int, folder: Path) -> dict[str, float]:
    (folder / "suite.yaml").write_text(SUITE.format(trials=trials))
    plan = load_plan(folder / "suite.yaml", Overrides("expert"))
    agent = load_agent("expert")
    env = make_env(plan, plan.cells[0])
    schema = schema_of(env, plan.cells[0].control_rate)
    no_fault = np.zeros(len(env.sensor_names) + len(LINES), np.int8)
    env.reset(seed=0)
    spent = {"simulated": 0.0, "written": 0.0}
    parts, episodes = [], []
    for trial in plan.trials():
        kept = Kept()
        began = time.process_time()
        run_trial(env, agent, trial, [kept])
        spent["simulated"] += time.process_time() - began
        parts.append(folder / "parts" / f"{trial.index}")
        began = time.process_time()
        writer = PartWriter(parts[-1], schema)
        for number, observation in enumerate(kept.observations):
            writer.look(observation, no_fault)
            if number < len(kept.actions):
                writer.act(kept.actions[number], 0.0, done=number == len(kept.actions) - 1, success=True)
        writer.close({})
        spent["written"] += time.process_time() - began
        episodes.append(kept)
    env.close()
    began = time.process_time()
    assemble(folder / "data", parts, {})
    spent["joined"] = time.process_time() - began

    dataset = Dataset(folder / "data")
    frames = len(dataset)
    began = time.process_time()
    errors = []
    for episode, kept in zip(dataset.episodes, episodes, strict=True):
        for frame, seen in zip(dataset.frames(episode.index), kept.observations, strict=False):
            errors.append(frame.observation["camera"][::8, ::8].astype(float) - seen["camera"][::8, ::8])
    spent["read_in_order"] = time.process_time() - began
    chosen = np.random.default_rng(0).permutation(frames)[:300]
    began = time.process_time()
    for index in chosen:
        dataset[int(index)]
    at_random = len(chosen) / (time.process_time() - began)
    began = time.process_time()
    dataset.column("observation.lidar")
    spent["read_one_column"] = time.process_time() - began
    dataset.close()
    lean = Dataset(folder / "data", ["camera", "lidar", "odom"])
    began = time.process_time()
    for index in chosen:
        lean[int(index)]
    lean_at_random = len(chosen) / (time.process_time() - began)
    lean.close()
    size = {name: sum(p.stat().st_size for p in (folder / "data" / name).rglob("*.*")) for name in ("data", "videos")}
    result = {f"{name}_frames_per_core_s": frames / seconds for name, seconds in spent.items()}
    return {
        "frames": frames,
        **result,
        "read_at_random_frames_per_core_s": at_random,
        "read_three_sensors_at_random_frames_per_core_s": lean_at_random,
        "share_of_simulation": (spent["written"] + spent["joined"]) / spent["simulated"],
        "kilobytes_a_frame": size["data"] / frames / 1000,
        "kilobytes_a_picture": size["videos"] / frames / 1000,
        "picture_psnr_db": float(10 * np.log10(255**2 / np.mean(np.square(errors)))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(arguments.trials, Path(folder))
    for name, value in result.items():
        print(f"{name:48s} {value:12.3f}")
    if arguments.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
