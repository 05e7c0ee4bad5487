"""Damaged files: whatever is in them, they load and run, or say in one line what is wrong."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from vla_sim import assets
from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.errors import InputError, SimulatorError
from vla_sim.sdf import load_file

SOURCES = (
    Path(__file__).parent / "odd_world.sdf",
    assets.ROBOTS / "rover" / "model.sdf",
    assets.WORLDS / "models" / "red_cone" / "model.sdf",
)
NUMBERS = (
    *("0", "-1", "1e308", "nan", "inf", "1e-300", "-0.0", "999999999", "", "abc", "1 2", "0.001", "1e16", "3.3.3"),
    *("1e6", "0.5 0.5 0.5", "1e-7", "100", "-5 0 2"),
)


def damaged(text: str, draw: random.Random) -> str:
    """Return a file with one to six values, names or elements changed for others, or some letters lost."""
    for _ in range(draw.choice([1, 1, 1, 2, 3, 6])):
        kind = draw.choice(["text", "text", "text", "tag", "attribute", "element", "letters"])
        if kind == "letters":
            start = draw.randrange(len(text))
            text = text[:start] + text[start + draw.choice([1, 3, 20]) :]
            continue
        pattern = {
            "text": r">([^<>]+)<",
            "tag": r"</?([a-z_]+)",
            "attribute": r'"([^"]*)"',
            "element": r"(<([a-z_]+)[^<>]*>[^<>]*</\2>)",
        }[kind]
        found = list(re.finditer(pattern, text))
        if not found:
            continue
        spot, other = draw.choice(found), draw.choice(found).group(1)
        new = {"tag": other, "element": ""}.get(kind, draw.choice([*NUMBERS, other]))
        text = text[: spot.start(1)] + new + text[spot.end(1) :]
    return text


def outcome(file: Path, source: Path) -> str:
    try:
        world = load_file(file, resource_paths=[assets.WORLDS / "models", assets.ROBOTS, source.parent])
        with EmbeddedEngine() as engine:
            engine.load(world)
            engine.step(0.1)
            engine.render(64, 48)
    except InputError as error:
        return "input error" if "\n" not in str(error) else "error of several lines"
    except SimulatorError:
        return "simulator error"
    return "runs"


@pytest.mark.parametrize(
    "seeds",
    [range(60), *[pytest.param(range(k, k + 250), marks=pytest.mark.slow) for k in range(1000, 2000, 250)]],
    ids=lambda seeds: f"{seeds.start}-{seeds.stop}",
)
def test_damaged_files_run_or_are_one_line(seeds: range, tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for seed in seeds:
        draw = random.Random(seed)
        source = SOURCES[seed % len(SOURCES)]
        file = tmp_path / f"{seed}.sdf"
        file.write_text(damaged(source.read_text(), draw))
        outcomes[outcome(file, source)] += 1
    assert outcomes.keys() <= {"runs", "input error", "simulator error"}
    assert outcomes["runs"] > len(seeds) / 10
    assert outcomes["input error"] > len(seeds) / 10
