from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.checkpoint import SHIPPED, load_checkpoint, read_card
from vla_agents.training.ppo.campaign import fine_tune
from vla_agents.training.ppo.fine_tune import STATE, FineTuning
from vla_agents.training.ppo.recipe import RECIPES
from vla_agents.training.ppo.state import State

from vla_sim.envs.env import VlaSimEnv
from vla_sim.errors import InputError

RECIPE = replace(RECIPES["small"], tasks=("turn_by_angle", "go_to_object"), seed=5)
SUITE = """
name: tiny
seed: 1
scenarios:
  - {name: turns, world: arena, task: turn_by_angle, trials: 1, arms: {weak: command:gain_loss@L2}}
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """All rows and the last state of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("undisturbed")
    with FineTuning(RECIPE, SHIPPED, out, workers=2) as run:
        rows = [run.iterate() for _ in range(RECIPE.iterations)]
    return rows, State.read(out / STATE)


def test_a_run_that_is_taken_up_again_is_the_same_run(undisturbed, tmp_path) -> None:
    rows, state = undisturbed
    for _ in rows:  # Broken off after each iteration, and with another number of workers.
        with FineTuning(RECIPE, SHIPPED, tmp_path, workers=1) as run:
            run.iterate()
            again = list(run.rows)
    assert again == rows
    resumed = State.read(tmp_path / STATE)
    assert resumed.facts == state.facts
    assert all(resumed.tensors[name].equal(value) for name, value in state.tensors.items())


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on(undisturbed, tmp_path) -> None:
    rows, _ = undisturbed
    program = (
        "import sys\nfrom pathlib import Path\nfrom dataclasses import replace\n"
        "from vla_agents.fusion.checkpoint import SHIPPED\n"
        "from vla_agents.training.ppo.fine_tune import FineTuning\n"
        "from vla_agents.training.ppo.recipe import RECIPES\n"
        "if __name__ == '__main__':\n"
        "    recipe = replace(RECIPES['small'], tasks=('turn_by_angle', 'go_to_object'), seed=5)\n"
        "    with FineTuning(recipe, SHIPPED, Path(sys.argv[1])) as run:\n"
        "        while len(run.rows) < recipe.iterations:\n"
        "            run.iterate()\n"
    )
    script = tmp_path / "training.py"
    script.write_text(program)
    out = tmp_path / "run"
    process = subprocess.Popen([sys.executable, str(script), str(out)], start_new_session=True)
    try:
        while not (out / STATE).is_file():
            assert process.poll() is None
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    with FineTuning(RECIPE, SHIPPED, out) as run:
        while len(run.rows) < RECIPE.iterations:
            run.iterate()
        assert run.rows == rows


def test_a_folder_of_another_run_is_refused(undisturbed, tmp_path) -> None:
    _, state = undisturbed
    state.write(tmp_path / STATE)
    with pytest.raises(InputError, match=r"a fine-tuning with seed 5 is there, not 6; choose another --out"):
        FineTuning(replace(RECIPE, seed=6), SHIPPED, tmp_path)
    other = State(state.tensors, {**state.facts, "about": {**state.facts["about"], "start": "0" * 16}})
    other.write(tmp_path / STATE)
    with pytest.raises(InputError, match="a fine-tuning of another checkpoint is there"):
        FineTuning(RECIPE, SHIPPED, tmp_path)


def test_the_critic_learns_first_and_then_the_policy(undisturbed) -> None:
    rows, state = undisturbed
    assert rows[0]["approx_kl"] == rows[0]["distance_to_start"] == 0.0
    assert rows[-1]["approx_kl"] != 0.0
    learned = state.part("policy.features_extractor.policy.")
    start = state.part("policy.anchor.")
    assert any(not learned[name].equal(value) for name, value in start.items())


def test_what_comes_out_is_the_running_mean_of_the_weights(tmp_path) -> None:
    weights = []
    with FineTuning(replace(RECIPE, averaging=1.0), SHIPPED, tmp_path) as run:
        for _ in range(RECIPE.iterations):
            run.iterate()
            weights.append(State.read(tmp_path / STATE).part("policy.features_extractor.policy."))
        checkpoint = run.checkpoint(tmp_path / "checkpoint")
    policy = load_checkpoint(checkpoint)[0].policy.state_dict()
    for name, value in policy.items():
        first, second, third = (each[name] for each in weights)
        torch.testing.assert_close(value, 0.25 * first + 0.25 * second + 0.5 * third)
    assert any(not value.equal(weights[-1][name]) for name, value in policy.items())


@pytest.mark.slow
def test_a_campaign_leaves_a_checkpoint_that_drives_and_a_curve(tmp_path) -> None:
    suite = tmp_path / "tiny.yaml"
    suite.write_text(SUITE)
    recipe = replace(RECIPE, iterations=2, evaluate_every=2, evaluation_trials=1)
    lines: list[str] = []
    checkpoint = fine_tune(recipe, SHIPPED, tmp_path / "run", suite, jobs=1, say=lines.append)
    with (tmp_path / "run" / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["samples"] for row in rows] == ["64", "128"]
    assert [row["clean_trials"] for row in rows] == ["1", "1"]
    assert [row["faulted_trials"] for row in rows] == ["1", "1"]
    assert "<svg" in (tmp_path / "run" / "curve.svg").read_text()
    card = read_card(checkpoint)
    assert card.strategies == ("attention",)
    assert card.data["fine_tuned"]["samples"] == 128
    agent = FusionAgent(checkpoint)
    with VlaSimEnv("arena") as env:
        observation, _ = env.reset(seed=1)
        assert env.action_space.contains(agent.act(observation))

    # What is done stays done.
    fine_tune(recipe, SHIPPED, tmp_path / "run", suite, jobs=1, say=lines.append)
    assert sum("iteration" in line for line in lines) == 2
