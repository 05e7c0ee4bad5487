"""Whatever the YAML beside a world says, it is read or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_sim import assets
from vla_sim.errors import InputError
from vla_sim.tasks.semantics import Semantics, load_semantics

TEXT = (assets.WORLDS / "apartment.yaml").read_text(encoding="utf-8")
LINES = TEXT.splitlines()
SCRAPS = ["", ":", "- ", "{", "[1, 2", ".nan", "-1", "~", "'x", "&a [*a]", "!!python/object:os.system x", "\t", "1e999"]


def load(folder: Path, data: bytes) -> Semantics | InputError:
    (folder / "world.yaml").write_bytes(data)
    try:
        return load_semantics(folder / "world.sdf")
    except InputError as error:
        return error


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("semantics")


@settings(max_examples=60)
@given(changes=st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(SCRAPS), st.booleans()), min_size=1))
def test_mutated_files(folder: Path, changes: list[tuple[int, str, bool]]) -> None:
    lines = list(LINES)
    for index, scrap, whole in changes:
        lines[index] = scrap if whole else lines[index].partition(":")[0] + ": " + scrap
    result = load(folder, "\n".join(lines).encode())
    assert "\n" not in str(result)


@settings(max_examples=60)
@given(data=st.binary(max_size=200))
def test_any_bytes(folder: Path, data: bytes) -> None:
    result = load(folder, data)
    assert isinstance(result, InputError)
    assert "world.yaml" in str(result)
    assert "\n" not in str(result)


@pytest.mark.parametrize("data", [b"[" * 100_000, b"a: &a [1, 2]\nb: &b [*a, *a]\nc: [*b, *b]", b"a: 1\na: 2"])
def test_what_blows_up_is_refused(folder: Path, data: bytes) -> None:
    assert isinstance(load(folder, data), InputError)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("robot: robot", "robott: robot", "world.yaml:3: robott: Extra inputs are not permitted"),
        ("colour: red", "color: red", "world.yaml:5: objects.red_cube.colour: Field required"),
        ("radius: 0.22", "radius: -1", "world.yaml:5: objects.red_cube.radius: Input should be greater than 0"),
    ],
)
def test_what_is_wrong_is_said_with_the_field(folder: Path, old: str, new: str, told: str) -> None:
    result = load(folder, TEXT.replace(old, new, 1).encode())
    assert isinstance(result, InputError)
    assert told in str(result)
