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
    size: SizeOption = Size.full,
    data: Data = Path("runs/views"),
    out: Annotated[Path, typer.Option(help="Folder of the training; an unfinished one goes on.")] = Path("runs/agent"),
    jobs: Jobs = 2,
    seed: Seed = 0,
    vision: Annotated[
        str,
        typer.Option(help="What the eye begins with: stem, or a CLIP or ResNet: a folder or a name on a model hub."),
    ] = "stem",
    vision_trainable: Annotated[bool, typer.Option(help="Let that CLIP or ResNet learn too.")] = False,
    executor: Executor = "local",
) -> None:
    """Train reader and eye on views, then the control networks by imitation of the teacher in rounds of DAgger.

    The checkpoint is OUT/checkpoint: ``vla-sim run SUITE --agent fusion@OUT/checkpoint``. OUT/curve.jsonl holds a line
    for each round.
    """
    from vla_sim.bench.workforce import checked

    recipes = _recipes()
    recipe = replace(recipes.named(size.value, seed), vision=vision, vision_trainable=vision_trainable)
    typer.echo(recipes.train(recipe, data, out, jobs, typer.echo, executor=checked(executor)))


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
