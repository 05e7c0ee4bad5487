"""What an agent really uses: each sensor, and the words, taken away in turn, each with a clean twin on the same seeds.

A removed sensor never sends a reading (``frame_drop`` at severity 1, from the start): the agent gets what it would get
of a sensor that is not plugged in, where a black picture or a row of zeros would be data like any other. The removed
words are an empty sentence (``missing`` at severity 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vla_sim.bench.expand import Overrides
from vla_sim.bench.plan import Cell, Plan, order_arms
from vla_sim.bench.schema import CLEAN
from vla_sim.bench.venue import Venue, load_venue
from vla_sim.engines import make_engine
from vla_sim.faults.spec import FaultSpec
from vla_sim.faults.target import GOAL

TRIALS = 20
"""Trials of each arm where nothing else is asked for."""
CONTROL_RATE = 10.0
"""Actions per second of simulated time, as in a suite that says nothing."""
_PREFIX = "without-"


def removal(stream: str) -> FaultSpec:
    """Return the fault that takes a sensor stream, or the words (``goal``), away from the agent."""
    return FaultSpec(target=stream, kind="missing" if stream == GOAL else "frame_drop", severity=1.0)


def reliance_plan(worlds: Sequence[str], tasks: Sequence[str], overrides: Overrides) -> Plan:
    """Return the plan that removes each sensor of the robot, and the words, in every task of every world.

    Raises:
        InputError: there is no such world or task, or a world cannot host a task.
    """
    make_engine(overrides.engine, renderer=overrides.renderer).close()
    venues = [load_venue(world, None, Path.cwd()) for world in dict.fromkeys(worlds)]
    return Plan(
        suite="reliance-" + "-".join(venue.name for venue in venues),
        description="Each sensor, and the words, taken away in turn: what the agent really uses.",
        seed=overrides.seed or 0,
        agent=overrides.agent,
        engine=overrides.engine,
        renderer=overrides.renderer,
        cells=tuple(
            _cell(venue, task, overrides) for venue in venues for task in dict.fromkeys(venue.tasks(tasks, "--task"))
        ),
    )


def reliance(plan: Plan, overall: Mapping[str, Any], scenarios: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what each removal costs, by scenario and over ``all``; None for a plan of anything but removals."""
    removed = {arm: faults[0].target for cell in plan.cells for arm, faults in cell.arms.items() if arm != CLEAN}
    wanted: dict[str, tuple[FaultSpec, ...]] = {_PREFIX + name: (removal(name),) for name in removed.values()}
    if not removed or any(dict(cell.arms) != order_arms(wanted) for cell in plan.cells):
        return None
    figures = {"all": overall, **{name: scenario["arms"] for name, scenario in scenarios.items()}}
    return {name: _costs(arms, removed) for name, arms in figures.items()}


def _costs(arms: Mapping[str, Any], removed: Mapping[str, str]) -> dict[str, Any]:
    return {
        "clean": arms[CLEAN]["success"],
        "removed": {stream: _cost(arms[arm]) for arm, stream in removed.items() if arm in arms},
    }


def _cost(figures: Mapping[str, Any]) -> dict[str, Any]:
    paired = figures["paired"]
    difference, ends = paired["difference"], paired["difference_interval"]
    return {
        "success": figures["success"],
        "interval": figures["interval"],
        "drop": None if difference is None else 0.0 - difference,
        "drop_interval": None if ends is None else [0.0 - ends[1], 0.0 - ends[0]],
        "p_holm": paired["p_holm"],
        "pairs": paired["pairs"],
    }


def _cell(venue: Venue, task: str, overrides: Overrides) -> Cell:
    return Cell(
        name=f"{task}-{venue.name}",
        world=venue.name,
        world_source=venue.world,
        world_hash=venue.fingerprint,
        task=task,
        words="seen",
        robot=venue.robot,
        trials=overrides.trials or TRIALS,
        control_rate=CONTROL_RATE,
        sensors=None,
        variation=None,
        arms=order_arms({_PREFIX + stream: (removal(stream),) for stream in [*venue.streams, GOAL]}),
        gates={},
    )
