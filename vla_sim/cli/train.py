"""``vla-sim collect``, ``train`` and ``export``: from nothing to a checkpoint of the fusion agent, and to ONNX."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vla_sim.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

train = typer.Typer(help="Train the fusion agent.", no_args_is_help=True)


class Size(StrEnum):
    """How much is collected and trained."""

    full = "full"
    small = "small"


class BcSize(StrEnum):
    """What is trained by imitation."""

    full = "full"
    small = "small"
    calm = "calm"


SizeOption = Annotated[Size, typer.Option(help="full makes the shipped agent; small learns something in minutes.")]
Jobs = Annotated[int, typer.Option(min=1, help="Worker processes that simulate.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed.")]
Executor = Annotated[
    str, typer.Option(metavar="EXECUTOR", help="Where workers run: local, ray, or ray://HOST:PORT (docs/scale.md).")
]
Data = Annotated[Path, typer.Option(help="Folder of the views.")]


def collect(
    size: SizeOption = Size.full,
    out: Data = Path("runs/views"),
    jobs: Jobs = 2,
    seed: Seed = 0,
    executor: Executor = "local",
) -> None:
    """Collect views of the worlds with the boxes of all things in them; those that are there are kept."""
    from vla_sim.bench.workforce import checked

    recipes = _recipes()
    recipes.collect(recipes.named(size.value, seed), out, jobs, typer.echo, checked(executor))


@train.command("bc", epilog="Example: vla-sim train bc --size small --data runs/views --out runs/agent")
def train_bc(
    size: Annotated[
        BcSize,
        typer.Option(
            help="full makes the shipped agent; small learns something in minutes; calm clones a policy on trials in "
            "the arena in which nothing fails, for `train ppo` to begin with."
        ),
    ] = BcSize.full,
    data: Data = Path("runs/views"),
    out: Annotated[Path, typer.Option(help="Folder of the training; an unfinished one goes on.")] = Path("runs/agent"),
    jobs: Jobs = 2,
    seed: Seed = 0,
    vision: Annotated[
        str,
        typer.Option(help="What the eye begins with: stem, or a CLIP or ResNet: a folder or a name on a model hub."),
    ] = "stem",
    vision_trainable: Annotated[bool, typer.Option(help="Let that CLIP or ResNet learn too.")] = False,
    perception: Annotated[
        str | None,
        typer.Option(
            help="Take reader, eye and health from a checkpoint, a folder or 'shipped', and learn to drive only."
        ),
    ] = None,
    executor: Executor = "local",
) -> None:
    """Train reader and eye on views, then the control networks by imitation of the teacher in rounds of DAgger.

    The checkpoint is OUT/checkpoint: ``vla-sim run SUITE --agent fusion@OUT/checkpoint``. OUT/curve.jsonl holds a line
    for each round.
    """
    from vla_sim.bench.workforce import checked

    recipes = _recipes()
    recipe = replace(recipes.named(size.value, seed), vision=vision, vision_trainable=vision_trainable)
    eyes = perception and _checkpoint(perception)
    typer.echo(recipes.train(recipe, data, out, jobs, typer.echo, checked(executor), eyes))


@train.command("ppo", epilog="Example: vla-sim train ppo --start runs/calm/checkpoint --out runs/ppo")
def train_ppo(
    start: Annotated[str, typer.Option(help="Folder of the checkpoint to begin with, or 'shipped'.")] = "shipped",
    out: Annotated[Path, typer.Option(help="Folder of the training; an unfinished one goes on.")] = Path("runs/ppo"),
    size: Annotated[
        Size, typer.Option(help="full takes an hour on two processors; small shows that it runs.")
    ] = Size.full,
    suite: Annotated[
        str, typer.Option(help="Suite of the evaluations: a file, or the name of one that is shipped.")
    ] = ("fine_tuning"),
    iterations: Annotated[int | None, typer.Option(min=1, help="Iterations in all; more than before go on.")] = None,
    averaging: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Half-life [iterations] of the mean of weights that comes out; 0: the last. Else the recipe's.",
        ),
    ] = None,
    jobs: Jobs = 2,
    seed: Seed = 0,
) -> None:
    """Fine-tune the fusion agent by reinforcement under faults (PPO), anchored to what it does where nothing fails.

    The checkpoint is OUT/checkpoint, the curve OUT/curve.csv and OUT/curve.svg; OUT/tensorboard is for TensorBoard.
    """
    _recipes()
    try:
        from vla_agents.training.ppo import campaign
        from vla_agents.training.ppo.recipe import RECIPES
    except ModuleNotFoundError as error:
        raise InputError(
            f"fine-tuning needs more packages ({error}); pip install 'vla-sim[agent,train,onnx]'"
        ) from error
    from vla_sim.cli.run import find_suite

    recipe = replace(RECIPES[size.value], seed=seed)
    if averaging is not None:
        recipe = replace(recipe, averaging=averaging)
    if iterations is not None:
        recipe = replace(recipe, iterations=iterations)
    typer.echo(campaign.fine_tune(recipe, _checkpoint(start), out, find_suite(suite), jobs, typer.echo))


@train.command("arm", epilog="Example: vla-sim train arm --size small --out runs/arm")
def train_arm(
    size: SizeOption = Size.full,
    out: Annotated[Path, typer.Option(help="Folder of the training; an unfinished one goes on.")] = Path("runs/arm"),
    jobs: Jobs = 2,
    seed: Seed = 0,
    executor: Executor = "local",
) -> None:
    """Train the fusion agent with an arm: views, reader and eye, then its control network in rounds of DAgger.

    The checkpoint is OUT/checkpoint: ``vla-sim run tabletop --agent fusion-arm@OUT/checkpoint``. OUT/curve.jsonl holds
    a line for each round.
    """
    from vla_sim.bench.workforce import checked

    _recipes()
    from vla_agents.training.arm import recipe as recipes

    recipe = replace(recipes.RECIPES[size.value], seed=seed)
    typer.echo(recipes.train(recipe, out, jobs, typer.echo, checked(executor)))


def _checkpoint(name: str) -> Path:
    """Return the folder of a checkpoint."""
    from vla_agents.fusion.checkpoint import SHIPPED

    return SHIPPED if name == "shipped" else Path(name)


def export(
    checkpoint: Annotated[Path, typer.Option(help="Folder of a checkpoint.")],
    out: Annotated[Path, typer.Option(help="Folder to write; may be that of the checkpoint.")],
    height: Annotated[int, typer.Option(min=16, help="Height of the camera [pixels].")] = 96,
    width: Annotated[int, typer.Option(min=16, help="Width of the camera [pixels].")] = 96,
) -> None:
    """Write a checkpoint's networks as ONNX, in single precision and with weights of eight bits.

    ``vla-sim run SUITE --agent fusion-onnx@OUT`` (or ``fusion-onnx-int8@OUT``) drives with them.
    """
    _recipes()
    from vla_agents.fusion.export import export_checkpoint

    for path in export_checkpoint(checkpoint, out, (height, width)):
        typer.echo(path)


def _recipes() -> ModuleType:
    """Return the module of the recipes.

    Raises:
        InputError: torch or another package of the extra ``agent`` is missing.
    """
    try:
        from vla_agents.training import recipe
    except ModuleNotFoundError as error:
        raise InputError(f"training needs more packages ({error}); pip install 'vla-sim[agent]'") from error
    return recipe
