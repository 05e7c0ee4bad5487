"""The whole training of the agent with an arm, from top to bottom. Every stage leaves a file, from which a run goes on.

1. Views of tables, from both cameras, with the simulator's own boxes (``views.py``).
2. Reader and eye learn together to find in a view what words name (``grounding.py``); the reader then learns from
   words alone that other words may mean the same (``../paraphrasing.py``).
3. DAgger: trials driven by the teacher at first, then more and more by the learner, all labelled by the teacher;
   after each round the policy goes on learning from all trials so far (``rollouts.py``, ``imitation.py``).
4. The other fusion strategies learn from the same trials.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import torch

from vla_agents.fusion.arm.checkpoint import ArmCard, load_checkpoint, new_networks, read_card, save_checkpoint
from vla_agents.fusion.arm.policy import ArmPolicy
from vla_agents.fusion.language.tokens import PretrainedTokens
from vla_agents.training.arm.grounding import train_grounding, train_reading
from vla_agents.training.arm.imitation import ArmImitationRecipe, train_policy
from vla_agents.training.arm.rollouts import ArmOutcome, ArmRollouts, collect_rollouts
from vla_agents.training.arm.views import collect_views
from vla_agents.training.grounding import GroundingRecipe
from vla_agents.training.paraphrasing import ParaphrasingRecipe
from vla_agents.training.recipe import keep
from vla_agents.training.views import Views
from vla_agents.training.workers import files_made
from vla_sim import seeding

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ArmRecipe:
    """What is collected and how long is trained."""

    views: int = 7_000
    epochs: int = 20
    other_words: ParaphrasingRecipe = field(default_factory=ParaphrasingRecipe)
    rounds: tuple[float, ...] = (0.0, 0.6, 0.8, 0.9)
    """Share of the trials that the learner drives, round by round."""
    frames: int = 24_000
    """Steps in each round."""
    parts: int = 2
    """Files that a round is shared out to, each made by a process of its own."""
    steps: int = 2_000
    last_steps: int = 5_000
    """Batches after each round, and after the last one."""
    strategies: tuple[str, ...] = ("attention",)
    """The first one drives the rounds."""
    seed: int = 0


RECIPES = {
    "full": ArmRecipe(),
    "small": ArmRecipe(
        views=400,
        epochs=2,
        other_words=ParaphrasingRecipe(batches=4, batch=64, steps=40),
        rounds=(0.0, 0.6),
        frames=600,
        steps=60,
        last_steps=100,
    ),
}


def train(recipe: ArmRecipe, out: Path, jobs: int = 2, say: Say = print, executor: str = "local") -> Path:
    """Train all that is left to train; return the folder of the checkpoint."""
    checkpoint = out / "checkpoint"
    out.mkdir(parents=True, exist_ok=True)
    if not (checkpoint / "card.json").is_file():
        _learn_to_see(recipe, out, checkpoint, jobs, say, executor)
    curve = out / "curve.jsonl"
    done = len(curve.read_text(encoding="utf-8").splitlines()) if curve.is_file() else 0
    for number in range(done, len(recipe.rounds)):
        outcomes = _roll_out(recipe, number, checkpoint, out, jobs, executor)
        loss = _learn_to_handle(recipe, recipe.strategies[0], number, checkpoint, out, say)
        line = {"round": number, "loss": round(loss, 5), **_successes(outcomes)}
        with curve.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        say(f"round {number + 1}/{len(recipe.rounds)}: {json.dumps(line)}")
    for strategy in recipe.strategies[1:]:
        if strategy not in read_card(checkpoint).strategies:
            _learn_to_handle(recipe, strategy, len(recipe.rounds) - 1, checkpoint, out, say)
    return checkpoint


# --- seeing ---------------------------------------------------------------------------------------------------------


def _learn_to_see(recipe: ArmRecipe, out: Path, checkpoint: Path, jobs: int, say: Say, executor: str) -> None:
    files = {out / f"views-{part}.npz": (recipe, part) for part in range(recipe.parts)}
    wanted = {path: job for path, job in files.items() if not path.is_file()}
    with tempfile.TemporaryDirectory() as nothing:
        for line in files_made(_collect_views, wanted, jobs, executor, Path(nothing)):
            say(line)
    views = Views.joined([Views.load(path) for path in files])
    encoder = PretrainedTokens()
    card = ArmCard(
        format=1,
        robot="arm",
        token_width=encoder.width,
        pieces=encoder.pieces,
        strategies=recipe.strategies[:1],
        data={
            "recipe": asdict(recipe),
            "views": len(views.frames),
            "versions": {name: version(name) for name in ("vla-sim", "torch", "transformers", "mujoco")},
        },
    )
    torch.manual_seed(recipe.seed)
    first = recipe.strategies[0]
    networks = new_networks(card, first)
    grounding = GroundingRecipe(epochs=recipe.epochs, seed=recipe.seed)
    train_grounding(networks.eye, networks.reader, encoder, views, grounding, say)
    train_reading(networks.reader, encoder, replace(recipe.other_words, seed=recipe.seed), say)
    save_checkpoint(checkpoint, card, networks, {first: networks.policy})


def _collect_views(job: tuple[ArmRecipe, int], path: Path, _: Path) -> str:
    recipe, part = job
    views = collect_views(recipe.views // recipe.parts, seeding.derive_seed(recipe.seed, "views", part))
    keep(path, views.save)
    return f"{len(views.frames)} views, {len(views.boxes)} boxes"


# --- handling -------------------------------------------------------------------------------------------------------


def _roll_out(
    recipe: ArmRecipe, number: int, checkpoint: Path, out: Path, jobs: int, executor: str
) -> list[ArmOutcome]:
    runs = {_rollouts_file(out, number, part): (recipe, number, part) for part in range(recipe.parts)}
    made = files_made(_roll_out_part, runs, jobs, executor, checkpoint)
    return [outcome for outcomes in made for outcome in outcomes]


def _roll_out_part(job: tuple[ArmRecipe, int, int], path: Path, checkpoint: Path) -> list[ArmOutcome]:
    recipe, number, part = job
    torch.set_num_threads(1)
    networks, encoder, _ = load_checkpoint(checkpoint)
    seed = seeding.derive_seed(recipe.seed, "round", number, part)
    rollouts, outcomes = collect_rollouts(networks, encoder, recipe.frames // recipe.parts, seed, recipe.rounds[number])
    keep(path, rollouts.save)
    return outcomes


def _learn_to_handle(recipe: ArmRecipe, strategy: str, number: int, checkpoint: Path, out: Path, say: Say) -> float:
    """Train one strategy on all trials so far and put it into the checkpoint."""
    files = [_rollouts_file(out, each, part) for each in range(number + 1) for part in range(recipe.parts)]
    rollouts = ArmRollouts.joined([ArmRollouts.load(file) for file in files])
    card = read_card(checkpoint)
    torch.manual_seed(recipe.seed)
    policy = ArmPolicy(strategy, card.reader_width, card.policy_width)
    if strategy in card.strategies:
        policy = load_checkpoint(checkpoint, strategy)[0].policy.requires_grad_(True)
    else:
        card = card.model_copy(update={"strategies": (*card.strategies, strategy)})
    last = number == len(recipe.rounds) - 1
    imitation = ArmImitationRecipe(steps=recipe.last_steps if last else recipe.steps, seed=recipe.seed + number)
    say(f"{strategy}: {len(rollouts)} steps of trials")
    loss = train_policy(policy, rollouts, imitation, say)
    networks = load_checkpoint(checkpoint)[0]
    save_checkpoint(checkpoint, card, networks, {strategy: policy})
    return loss


def _successes(outcomes: Sequence[ArmOutcome]) -> dict[str, object]:
    """Return success by driver and task over the trials in which nothing failed."""
    calm = [outcome for outcome in outcomes if not outcome.troubled]
    rates: dict[str, object] = {}
    for driver in ("teacher", "learner"):
        for task in sorted({outcome.task for outcome in calm if outcome.driver == driver}):
            trials = [outcome.success for outcome in calm if (outcome.driver, outcome.task) == (driver, task)]
            rates[f"{driver}/{task}"] = f"{sum(trials)}/{len(trials)}"
    return rates


def _rollouts_file(out: Path, number: int, part: int) -> Path:
    return out / f"rollouts-{number}-{part}.npz"
