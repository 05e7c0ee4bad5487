"""The whole training of the fusion agent, from top to bottom. Every stage leaves a file, from which a run goes on.

1. ``collect``: views of the worlds with the simulator's own boxes.
2. Reader and eye learn together to find in a view what words name (``grounding.py``); the reader then learns from
   words alone that other words may mean the same (``paraphrasing.py``).
3. DAgger: trials driven by the teacher at first, then more and more by the learner, all labelled by the teacher;
   after each round the policy goes on learning from all trials so far (``rollouts.py``, ``imitation.py``).
4. The other fusion strategies learn from the same trials.
5. The decoder of discrete sequences learns from the same trials, on the default strategy as it is (``sequences.py``).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import torch

from vla_agents.fusion.checkpoint import Card, load_checkpoint, new_networks, new_policy, read_card, save_checkpoint
from vla_agents.fusion.control.inputs import SENSORS
from vla_agents.fusion.control.policy import Policy
from vla_agents.fusion.control.sequence import SequenceDecoder
from vla_agents.fusion.health import Health
from vla_agents.fusion.language.tokens import PretrainedTokens
from vla_agents.training.grounding import GroundingRecipe, train_grounding, train_reading
from vla_agents.training.imitation import ImitationRecipe, train_policy
from vla_agents.training.paraphrasing import ParaphrasingRecipe
from vla_agents.training.rollouts import Outcome, Rollouts, collect_rollouts
from vla_agents.training.sequences import SequenceRecipe, train_sequence
from vla_agents.training.views import Views, collect_views
from vla_agents.training.vigilance import VigilanceRecipe, train_health
from vla_agents.training.workers import files_made
from vla_sim import seeding
from vla_sim.envs.loading import load_site
from vla_sim.errors import InputError
from vla_sim.tasks.semantics import Room

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is collected and how long is trained."""

    worlds: tuple[str, ...] = ("arena", "apartment", "warehouse")
    views: int = 8_000
    """Views of each world."""
    epochs: int = 15
    other_words: ParaphrasingRecipe = field(default_factory=ParaphrasingRecipe)
    rounds: tuple[float, ...] = (0.0, 0.6, 0.8, 0.9, 0.9)
    """Share of the trials that the learner drives, round by round."""
    frames: int = 10_000
    """Steps of each world in each round."""
    steps: int = 2_000
    last_steps: int = 5_000
    """Batches after each round, and after the last one."""
    strategies: tuple[str, ...] = ("attention", "intermediate", "late", "early")
    """The first one drives the rounds."""
    sequence_steps: int = 4_000
    """Batches for the decoder of discrete sequences."""
    seed: int = 0
    calm: bool = False
    """Whether nothing fails in the trials, and no sensor is taken away in training: what most cloned policies are, and
    where fine-tuning under faults (``ppo/``) begins."""
    vision: str = "stem"
    """What the eye begins with, as on a checkpoint's card."""
    vision_trainable: bool = False


RECIPES = {
    "full": Recipe(),
    "small": Recipe(
        worlds=("arena",),
        views=1_000,
        epochs=6,
        other_words=ParaphrasingRecipe(batches=6, batch=64, steps=60),
        rounds=(0.0, 0.6),
        frames=2_000,
        steps=300,
        last_steps=400,
        strategies=("attention",),
        sequence_steps=800,
    ),
    "calm": Recipe(
        worlds=("arena",),
        rounds=(0.0, 0.6, 0.8),
        frames=10_000,
        steps=1_000,
        last_steps=2_000,
        strategies=("attention",),
        sequence_steps=0,
        calm=True,
    ),
}


def named(name: str, seed: int = 0) -> Recipe:
    """Return one of ``RECIPES`` with a seed."""
    return replace(RECIPES[name], seed=seed)


def collect(recipe: Recipe, data: Path, jobs: int = 2, say: Say = print, executor: str = "local") -> None:
    """Collect the views that are not there yet."""
    data.mkdir(parents=True, exist_ok=True)
    files = {_views_file(data, world): (world, recipe.views, recipe.seed) for world in recipe.worlds}
    wanted = {path: job for path, job in files.items() if not path.is_file()}
    with tempfile.TemporaryDirectory() as nothing:
        for line in files_made(_collect_views, wanted, jobs, executor, Path(nothing)):
            say(line)


def _collect_views(job: tuple[str, int, int], path: Path, _: Path) -> str:
    world, count, seed = job
    views = collect_views(world, count, seed)
    keep(path, views.save)
    return f"{world}: {len(views.frames)} views, {len(views.boxes)} boxes"


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    jobs: int = 2,
    say: Say = print,
    executor: str = "local",
    perception: Path | None = None,
) -> Path:
    """Train all that is left to train; return the folder of the checkpoint.

    Reader, eye and health come from the checkpoint ``perception``, if there is one, and learn no more.

    Raises:
        InputError: views are missing, or the checkpoint cannot be loaded.
    """
    checkpoint = out / "checkpoint"
    out.mkdir(parents=True, exist_ok=True)
    if not (checkpoint / "card.json").is_file():
        if perception is None:
            _learn_to_see(recipe, data, checkpoint, say)
        else:
            _see_as(perception, recipe, checkpoint)
    curve = out / "curve.jsonl"
    done = len(curve.read_text(encoding="utf-8").splitlines()) if curve.is_file() else 0
    for number in range(done, len(recipe.rounds)):
        outcomes = _roll_out(recipe, number, checkpoint, out, jobs, executor)
        if perception is None:
            _learn_to_watch(recipe, number, checkpoint, out, say)
        last = number == len(recipe.rounds) - 1
        loss = _learn_to_drive(recipe, recipe.strategies[0], number, checkpoint, out, last, say)
        line = {"round": number, "loss": round(loss, 5), **_successes(outcomes)}
        with curve.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        say(f"round {number + 1}/{len(recipe.rounds)}: {json.dumps(line)}")
    for strategy in recipe.strategies[1:]:
        if strategy not in read_card(checkpoint).strategies:
            _learn_to_drive(recipe, strategy, len(recipe.rounds) - 1, checkpoint, out, True, say)
    if recipe.sequence_steps and not read_card(checkpoint).sequence:
        _learn_sequences(recipe, checkpoint, out, say)
    return checkpoint


# --- seeing ---------------------------------------------------------------------------------------------------------


def _learn_to_see(recipe: Recipe, data: Path, checkpoint: Path, say: Say) -> None:
    for world in recipe.worlds:
        if not _views_file(data, world).is_file():
            raise InputError(f"no views of '{world}': run `vla-sim collect --out {data}` first", file=data)
    views = Views.joined([Views.load(_views_file(data, world)) for world in recipe.worlds])
    encoder = PretrainedTokens()
    card = Card(
        format=1,
        token_width=encoder.width,
        pieces=encoder.pieces,
        strategies=recipe.strategies[:1],
        vision=recipe.vision,
        vision_trainable=recipe.vision_trainable,
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
    train_grounding(networks.eye, networks.reader, encoder, views, grounding, rooms(), say)
    train_reading(networks.reader, encoder, replace(recipe.other_words, seed=recipe.seed), rooms(), say)
    save_checkpoint(checkpoint, card, networks, {first: networks.policy})


def _see_as(perception: Path, recipe: Recipe, checkpoint: Path) -> None:
    """Begin a checkpoint with what another one perceives by, and a policy that knows nothing."""
    networks, _, card = load_checkpoint(perception)
    torch.manual_seed(recipe.seed)
    first = recipe.strategies[0]
    data = {"recipe": asdict(recipe), "perception": card.data}
    card = card.model_copy(update={"strategies": (first,), "sequence": False, "data": data, "scores": {}})
    save_checkpoint(checkpoint, card, networks, {first: new_policy(card, first)})


def rooms() -> tuple[Room, ...]:
    """Return the rooms that goals may name."""
    return tuple(room for world in ("apartment", "warehouse") for room in load_site(world, None).rooms.values())


# --- driving --------------------------------------------------------------------------------------------------------


def _roll_out(recipe: Recipe, number: int, checkpoint: Path, out: Path, jobs: int, executor: str) -> list[Outcome]:
    runs = {_rollouts_file(out, number, world): (recipe, number, world) for world in recipe.worlds}
    made = files_made(_roll_out_world, runs, jobs, executor, checkpoint)
    return [outcome for outcomes in made for outcome in outcomes]


def _roll_out_world(job: tuple[Recipe, int, str], path: Path, checkpoint: Path) -> list[Outcome]:
    recipe, number, world = job
    torch.set_num_threads(1)
    networks, encoder, _ = load_checkpoint(checkpoint)
    seed = seeding.derive_seed(recipe.seed, "round", number)
    rollouts, outcomes = collect_rollouts(
        world, networks, encoder, recipe.frames, seed, recipe.rounds[number], trouble=not recipe.calm
    )
    keep(path, rollouts.save)
    return outcomes


def _learn_to_watch(recipe: Recipe, number: int, checkpoint: Path, out: Path, say: Say) -> None:
    """Train the health network anew on all trials so far and put it into the checkpoint."""
    rollouts = _trials(recipe, number, out)
    networks = load_checkpoint(checkpoint)[0]
    torch.manual_seed(recipe.seed)
    networks.health = Health()
    loss = train_health(networks.health, rollouts, VigilanceRecipe(seed=recipe.seed))
    say(f"health: loss {loss:.4f} over {len(rollouts)} steps of trials")
    save_checkpoint(checkpoint, read_card(checkpoint), networks, {})


def _trials(recipe: Recipe, number: int, out: Path) -> Rollouts:
    """Return the trials of all rounds up to one."""
    files = [_rollouts_file(out, each, world) for each in range(number + 1) for world in recipe.worlds]
    return Rollouts.joined([Rollouts.load(file) for file in files])


def _learn_to_drive(
    recipe: Recipe, strategy: str, number: int, checkpoint: Path, out: Path, last: bool, say: Say
) -> float:
    """Train one strategy on all trials so far and put it into the checkpoint."""
    rollouts = _trials(recipe, number, out)
    card = read_card(checkpoint)
    torch.manual_seed(recipe.seed)
    policy: Policy = new_policy(card, strategy)
    if strategy in card.strategies:
        policy = load_checkpoint(checkpoint, strategy)[0].policy.requires_grad_(True)
    else:
        card = card.model_copy(update={"strategies": (*card.strategies, strategy)})
    steps = recipe.last_steps if last else recipe.steps
    say(f"{strategy}: {len(rollouts)} steps of trials")
    imitation = ImitationRecipe(steps=steps, seed=recipe.seed + number)
    if recipe.calm:
        imitation = replace(imitation, dropout=(0.0,) * len(SENSORS))
    loss = train_policy(policy, rollouts, imitation, say)
    networks = load_checkpoint(checkpoint)[0]
    save_checkpoint(checkpoint, card, networks, {strategy: policy})
    return loss


def _learn_sequences(recipe: Recipe, checkpoint: Path, out: Path, say: Say) -> None:
    """Train the decoder of discrete sequences on all trials and put it into the checkpoint."""
    rollouts = _trials(recipe, len(recipe.rounds) - 1, out)
    networks, _, card = load_checkpoint(checkpoint)
    torch.manual_seed(recipe.seed)
    decoder = SequenceDecoder(card.policy_width)
    steps = SequenceRecipe(steps=recipe.sequence_steps, seed=recipe.seed)
    loss = train_sequence(decoder, networks.policy.fusion, rollouts, steps, say)
    say(f"sequence: loss {loss:.4f} over {len(rollouts)} steps of trials")
    save_checkpoint(checkpoint, card.model_copy(update={"sequence": True}), networks, {}, decoder)


def _successes(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Return success by driver over the trials in which nothing failed: teacher and learner."""
    rates: dict[str, object] = {}
    for driver in ("teacher", "learner"):
        trials = [outcome.success for outcome in outcomes if outcome.driver == driver and not outcome.troubled]
        rates[driver] = f"{sum(trials)}/{len(trials)}"
    return rates


# --- files ---------------------------------------------------------------------------------------------------------


def _views_file(data: Path, world: str) -> Path:
    return data / f"views-{world}.npz"


def _rollouts_file(out: Path, number: int, world: str) -> Path:
    return out / f"rollouts-{number}-{world}.npz"


def keep(path: Path, save: Callable[[Path], None]) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"part-{path.name}")
    save(part)
    part.replace(path)
