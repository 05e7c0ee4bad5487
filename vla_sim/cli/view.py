"""``vla-sim view``: what is in an SDF file, what of it is not supported, and how it looks."""

from __future__ import annotations

from pathlib import Path

import cv2
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from vla_sim import assets
from vla_sim.bench.exit_code import ExitCode
from vla_sim.cli.console import make_console
from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.errors import InputError, SimulatorError
from vla_sim.sdf import load_file
from vla_sim.sdf.scene import Issue, Model, World

SIZE = (1280, 800)
"""Width and height of the picture."""


def view_file(file: str, out: Path | None, *, strict: bool) -> int:
    """Print what a world or model holds, write a picture of it, and return the exit code."""
    if out is not None and out.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"a picture is .png or .jpg, not '{out.suffix}'", field="--out")
    world = load_file(_find(file), strict=strict)
    console = make_console()
    _print_models(console, world)
    with EmbeddedEngine() as engine:
        engine.load(world, sensors=[])
        _print_issues(console, [*world.issues, *engine.issues])
        if strict and engine.issues:
            raise InputError(str(engine.issues[0]))
        if out is not None:
            try:
                picture = engine.render(*SIZE)
            except SimulatorError as error:
                console.print(f"no picture: {error}", markup=False)
                return ExitCode.ERROR
            out.parent.mkdir(parents=True, exist_ok=True)
            if not cv2.imwrite(str(out), picture[:, :, ::-1]):
                raise InputError(f"cannot write {out}", field="--out")
            console.print(f"picture: {out}", markup=False, soft_wrap=True)
    return ExitCode.PASSED


def _find(file: str) -> Path | str:
    """Return a path or URI as it is, and the file of a shipped world or robot for its name."""
    shipped = (assets.WORLDS / f"{file}.sdf", assets.ROBOTS / file / "model.sdf")
    if not Path(file).exists():
        for path in shipped:
            if path.is_file():
                return path
    return file


def _print_models(console: Console, world: World) -> None:
    table = Table(title=f"{world.name}: {len(world.models)} models, {len(world.lights)} lights", title_justify="left")
    for column in ("model", "position", "links", "joints", "shapes", "sensors", "plugins"):
        table.add_column(column, overflow="fold", no_wrap=column in ("model", "position", "shapes"))
    for model in world.models:
        table.add_row(*map(escape, _described(model)))
    console.print(table)


def _described(model: Model) -> tuple[str, ...]:
    x, y, z = model.pose.position
    visuals = sum(len(link.visuals) for link in model.links)
    collisions = sum(len(link.collisions) for link in model.links)
    sensors = ", ".join(
        f"{sensor.name} ({sensor.type}, {f'{sensor.update_rate:g} Hz' if sensor.update_rate else 'each step'})"
        for _, sensor in model.sensors()
    )
    return (
        f"{model.name}{' (static)' if model.static else ''}",
        f"{x:.2f} {y:.2f} {z:.2f}",
        str(len(model.links)),
        ", ".join(f"{joint.name} ({joint.type})" for joint in model.joints),
        f"{visuals} visual, {collisions} collision",
        sensors,
        ", ".join(type(plugin).__name__ for plugin in model.plugins),
    )


def _print_issues(console: Console, issues: list[Issue]) -> None:
    if not issues:
        console.print("everything in it is supported")
        return
    console.print(f"{len(issues)} elements are not supported, or changed:")
    for issue in issues:
        console.print(f"  {issue}", markup=False, soft_wrap=True)
