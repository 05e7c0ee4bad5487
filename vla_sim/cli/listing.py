"""``vla-sim list``: what a suite can name, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from vla_sim import assets
from vla_sim.bench.exit_code import ExitCode
from vla_sim.cli.console import make_console

Row = dict[str, Any]


def list_things(what: str, *, as_json: bool, verify: bool) -> int:
    """List worlds, robots, tasks, faults, agents or suites; ``verify`` checks the faults' golden hashes as well."""
    problems = _verified_faults() if verify and what == "faults" else []
    rows = _LISTINGS[what]()
    if as_json:
        print(json.dumps({what: rows, "problems": problems} if verify else rows, indent=2, ensure_ascii=False))
    else:
        _print_table(what, rows)
        for problem in problems:
            print(f"not as recorded: {problem}")
        if verify:
            print(f"{len(rows)} kinds checked, {len(problems)} not as recorded")
    return ExitCode.ERROR if problems else ExitCode.PASSED


def _worlds() -> list[Row]:
    from vla_sim.assets import world_names
    from vla_sim.bench.venue import load_venue
    from vla_sim.tasks import TASKS

    rows = []
    for name in world_names():
        venue = load_venue(name, None, Path())
        semantics = venue.site.semantics
        rows.append(
            {
                "name": name,
                "description": semantics.description,
                "objects": sorted(semantics.objects),
                "rooms": [room.words[0] for _, room in sorted(semantics.rooms.items())],
                "tasks": [task for task in TASKS if venue.unsupported(task) is None],
                "streams": dict(venue.streams),
                "file": str(assets.WORLDS / f"{name}.sdf"),
            }
        )
    return rows


def _robots() -> list[Row]:
    from vla_sim.assets import robot_names
    from vla_sim.sdf import load_model

    rows = []
    for name in robot_names():
        file = assets.ROBOTS / name / "model.sdf"
        model = load_model(file)
        sensors = {sensor.name: {"type": sensor.type, "rate": sensor.update_rate} for _, sensor in model.sensors()}
        plugins = [type(plugin).__name__ for plugin in model.plugins]
        rows.append({"name": name, "sensors": sensors, "plugins": plugins, "file": str(file)})
    return rows


def _tasks() -> list[Row]:
    from vla_sim.assets import world_names
    from vla_sim.bench.venue import load_venue
    from vla_sim.tasks import TASKS

    venues = [load_venue(name, None, Path()) for name in world_names()]
    return [
        {
            "name": task.name,
            "description": task.description,
            "worlds": [venue.name for venue in venues if venue.unsupported(task.name) is None],
        }
        for task in TASKS.values()
    ]


def _faults() -> list[Row]:
    from vla_sim.faults import KINDS
    from vla_sim.faults.kind import LEVELS

    return [
        {
            "id": kind.id(),
            "family": kind.family,
            "kind": kind.name,
            "fits": sorted(kind.modalities),
            "version": kind.version,
            "summary": kind.summary(),
            "parameters": [
                {
                    "name": parameter.name,
                    "unit": parameter.unit,
                    "meaning": parameter.meaning,
                    "clean": parameter.clean,
                    "levels": dict(zip(map(str, LEVELS), parameter.levels, strict=True)),
                }
                for parameter in kind.parameters
            ],
        }
        for kind in KINDS.values()
    ]


def _agents() -> list[Row]:
    from importlib.metadata import entry_points

    found = sorted(entry_points(group="vla_sim.agents"), key=lambda entry: entry.name)
    return [{"name": entry.name, "class": entry.value} for entry in found]


def _suites() -> list[Row]:
    from vla_sim.bench.schema import load_suite

    rows = []
    for file in sorted(assets.SCENARIOS.glob("*.yaml")):
        suite, _ = load_suite(file)
        rows.append({"name": file.stem, "description": suite.description, "file": str(file)})
    return rows


_LISTINGS: Mapping[str, Callable[[], list[Row]]] = {
    "worlds": _worlds,
    "robots": _robots,
    "tasks": _tasks,
    "faults": _faults,
    "agents": _agents,
    "suites": _suites,
}


_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "worlds": ("name", "description", "rooms", "tasks"),
    "robots": ("name", "sensors", "plugins"),
    "tasks": ("name", "description", "worlds"),
    "faults": ("id", "fits", "summary", "parameters"),
    "agents": ("name", "class"),
    "suites": ("name", "description"),
}
"""What the tables show; JSON has everything."""


def _verified_faults() -> list[str]:
    from vla_sim.faults.golden import verify

    return verify()


def _print_table(what: str, rows: list[Row]) -> None:
    """Print a table, of what has families one for each."""
    console = make_console()
    for family in dict.fromkeys([row.get("family") for row in rows] or [None]):
        mine = [row for row in rows if row.get("family") == family]
        title = None if family is None else f"{family}: {len(mine)} kinds"
        table = Table(title=title, title_justify="left", show_lines=what in ("worlds", "faults"))
        for column in _COLUMNS[what]:
            table.add_column(column, overflow="fold", no_wrap=column in ("name", "id"))
        for row in mine:
            table.add_row(*(escape(_shown(row[column])) for column in _COLUMNS[what]))
        console.print(table)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if isinstance(value, list) and value and isinstance(value[0], Mapping) and "levels" in value[0]:
        return "\n".join(_parameter(item) for item in value)
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return str(value)


def _parameter(parameter: Mapping[str, Any]) -> str:
    levels = "  ".join(f"{value:g}" for value in dict.fromkeys(parameter["levels"].values()))
    return f"{parameter['name']} [{parameter['unit']}]: {levels}"
