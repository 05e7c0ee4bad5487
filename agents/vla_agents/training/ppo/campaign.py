"""A whole fine-tuning: iterations, evaluations in between, the curve, and the checkpoint in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vla_agents.training.ppo.curve import CSV, EVENTS, PICTURE, Events, write_csv, write_picture
from vla_agents.training.ppo.evaluation import evaluate
from vla_agents.training.ppo.fine_tune import FineTuning
from vla_agents.training.ppo.recipe import PpoRecipe

Say = Callable[[str], None]


def fine_tune(recipe: PpoRecipe, start: Path, out: Path, suite: Path, jobs: int = 2, say: Say = print) -> Path:
    """Fine-tune a checkpoint, or go on with it; return the folder of the new checkpoint, ``out/checkpoint``.

    Beside it are ``curve.csv`` and ``curve.svg``, TensorBoard's events, and the evaluations on ``suite``: of the
    checkpoint that it began with, of some on the way, and of the last one.

    Raises:
        InputError: the folder holds another run, or the suite or the checkpoint is wrong.
    """
    with FineTuning(recipe, start, out, jobs, say) as run:
        events = Events(out / EVENTS, len(run.rows) * recipe.samples)
        while True:
            if _is_due(recipe, len(run.rows)) and "clean_trials" not in run.rows[-1]:
                folder = out / "evaluations" / f"{len(run.rows):04d}"
                run.checkpoint(folder / "checkpoint")
                scores = evaluate(suite, folder / "checkpoint", recipe.evaluation_trials, jobs, folder / "suite")
                run.note(**scores)
                say(_told(f"evaluation after {run.rows[-1]['samples']:,} steps", scores))
            if run.rows:
                write_csv(run.rows, out / CSV)
                write_picture(run.rows, out / PICTURE)
                events.write(run.rows[-1])
            if len(run.rows) >= recipe.iterations:
                return run.checkpoint(out / "checkpoint")
            row = run.iterate()
            say(_told(f"iteration {row['iteration']}/{recipe.iterations}", row))


def _is_due(recipe: PpoRecipe, done: int) -> bool:
    """Return whether an evaluation belongs after so many iterations: after the critic's own, then in equal steps."""
    every = recipe.evaluate_every
    return bool(every and done) and (
        done == max(recipe.critic_first, 1) or done % every == 0 or done == recipe.iterations
    )


def _told(what: str, row: Mapping[str, Any]) -> str:
    """Return a line for people."""
    pairs = [(name.removesuffix("_successes"), row[name]) for name in row if name.endswith("_successes")]
    counts = []
    for name, successes in pairs:
        trials = row.get(f"{name}_trials", row.get(f"{name}_episodes"))
        counts.append(f"{name} {successes}/{trials}")
    rest = [f"{name} {row[name]:g}" for name in ("approx_kl", "distance_to_start", "mean_level") if name in row]
    return f"{what}: {', '.join(counts + rest)}"
