"""How long a remote policy's answers took: kept by trial, beside the ledger, as no two runs have it in common."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vla_sim.agent import Agent
from vla_sim.bench.atomic import write_text
from vla_sim.bench.ledger import LATENCIES


def latencies_of(agent: Agent) -> Sequence[float]:
    """Return how long each answer took so far [s]; empty for an agent that does not measure it."""
    measured: Sequence[float] = getattr(agent, "latencies", ())
    return measured


def keep_latencies(folder: Path, trial_id: str, seconds: Sequence[float]) -> None:
    """Write those of one trial into a run's folder, if there are any."""
    if seconds:
        write_text(folder / LATENCIES / f"{trial_id}.json", json.dumps([round(each, 6) for each in seconds]) + "\n")


def latency_summary(folder: Path) -> dict[str, dict[str, float]]:
    """Return the figures of all trials in a run's folder for its manifest; nothing where none was measured."""
    files = sorted((folder / LATENCIES).rglob("*.json"))
    seconds = [each for file in files for each in json.loads(file.read_text(encoding="utf-8"))]
    if not seconds:
        return {}
    low, high, highest = np.percentile(seconds, [50, 95, 100])
    figures = {"p50": low, "p95": high, "max": highest}
    named = {f"{name}_ms": round(1e3 * float(value), 3) for name, value in figures.items()}
    return {"policy_latency": {"answers": len(seconds), **named}}
