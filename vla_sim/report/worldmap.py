"""The floor plan of a world, kept in the run's folder so that its report never changes with the world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vla_sim.bench.atomic import write_text
from vla_sim.bench.ledger import MAPS
from vla_sim.bench.plan import Plan
from vla_sim.envs.loading import load_site
from vla_sim.tasks.site import Site

FloorPlan = dict[str, Any]
"""``bounds`` (xmin, ymin, xmax, ymax), ``footprints`` (convex ``points`` grown by ``radius``) ``rooms``, in metres."""


def floor_plan(site: Site) -> FloorPlan:
    """Return the floor plan of a site."""
    return {
        "bounds": [_rounded(value) for value in site.bounds],
        "footprints": [
            {"points": [[_rounded(x), _rounded(y)] for x, y in shape.vertices], "radius": _rounded(shape.radius)}
            for shape in site.footprints
        ],
        "rooms": [
            {"name": room.words[0], "areas": [[_rounded(value) for value in area] for area in room.areas]}
            for _, room in sorted(site.rooms.items())
        ],
    }


def floor_plans(folder: Path, plan: Plan) -> dict[str, FloorPlan]:
    """Return the floor plan of each world of a plan, by world name; those that the folder lacks are added to it."""
    plans: dict[str, FloorPlan] = {}
    for cell in plan.cells:
        if cell.world in plans:
            continue
        path = folder / MAPS / f"{cell.world}.json"
        if not path.is_file():
            site = load_site(cell.world_source, cell.robot)
            write_text(path, json.dumps(floor_plan(site), separators=(",", ":")))
        plans[cell.world] = json.loads(path.read_text(encoding="utf-8"))
    return plans


def _rounded(value: float) -> float:
    return round(float(value), 3)
