import shutil

import pytest

from vla_sim import assets
from vla_sim.bench.venue import load_venue


@pytest.fixture
def copy(tmp_path):
    worlds = tmp_path / "worlds"
    shutil.copytree(assets.WORLDS, worlds)
    return worlds


def fingerprint(folder):
    return load_venue("./arena.sdf", None, folder).fingerprint


def test_the_fingerprint_does_not_depend_on_the_folder(copy):
    assert fingerprint(copy) == load_venue("arena", None, copy).fingerprint


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("arena.sdf", "<ambient>0.5", "<ambient>0.4"),
        ("arena.yaml", "description: ", "description: Now "),
        ("meshes/arena_floor.obj", "o arena_floor", "o floor"),
        ("models/red_cube/model.sdf", "<size>0.31", "<size>0.32"),
    ],
)
def test_the_fingerprint_changes_with_every_file_of_the_world(copy, file, old, new):
    before = fingerprint(copy)
    path = copy / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert fingerprint(copy) != before
