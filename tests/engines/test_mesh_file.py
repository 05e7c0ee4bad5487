from pathlib import Path

import engine_scenes as scenes
import numpy as np
import pytest
import trimesh

from vla_sim.engines.embedded import EmbeddedEngine, mesh_file
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

LAUGHS = '<!DOCTYPE c [<!ENTITY a0 "ha">{}]>'.format(
    "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))
)


def load(file: Path, collides: bool = False) -> None:
    mesh = scene.Mesh(file)
    link = scene.Link(
        "link",
        Pose(),
        visuals=(scene.Visual("v", Pose(), mesh),),
        collisions=(scene.Collision("c", Pose(), mesh),) if collides else (),
    )
    with EmbeddedEngine(renderer="rays") as engine:
        engine.load(scenes.world(scene.Model("thing", Pose(), (link,), static=True)))


def refusal(file: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(file, collides=True)
    line = str(caught.value)
    assert line.startswith(str(file))
    assert "\n" not in line
    assert len(line) < len(str(file)) + 400
    return line


@pytest.fixture
def collada(tmp_path: Path) -> Path:
    file = tmp_path / "box.dae"
    trimesh.creation.box().export(file)
    return file


def test_good_collada_loads(collada: Path) -> None:
    load(collada, collides=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("kind", [LAUGHS, '<!DOCTYPE c SYSTEM "file:///etc/passwd">', "<!DOCTYPE c>"])
def test_collada_with_a_document_type_is_refused(collada: Path, kind: str, encoding: str) -> None:
    text = collada.read_text()
    body = text[text.index("<COLLADA") :].replace("<unit", "<title>&a11;</title><unit" if kind == LAUGHS else "<unit")
    collada.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?>{kind}{body}'.encode(encoding))
    assert "document type" in refusal(collada)


def with_nodes(collada: Path, library: str) -> None:
    text = collada.read_text()
    start = text.index("<library_visual_scenes")
    collada.write_text(text[:start] + f"<library_nodes>{library}</library_nodes>" + text[start:])


def test_collada_that_multiplies_itself_is_refused(collada: Path) -> None:
    levels = [
        f'<node id="n{k}">' + f'<instance_node url="#n{k - 1}"/>' * 10 + "</node>" if k else '<node id="n0"/>'
        for k in range(12)
    ]
    with_nodes(collada, "".join(levels))
    assert "instances" in refusal(collada)


@pytest.mark.parametrize(
    "library",
    [
        '<node id="a"><instance_node url="#b"/></node><node id="b"><instance_node url="#a"/></node>',
        "<node>" * 5000 + "</node>" * 5000,
    ],
    ids=["ring", "deep"],
)
def test_collada_nested_in_itself_or_deeply_is_refused(collada: Path, library: str) -> None:
    with_nodes(collada, library)
    assert "nested" in refusal(collada)


def test_obj_of_millions_of_faces_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "huge.obj"
    file.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n" + "f 1 2 3\n" * 3_000_000)
    assert "3000000 faces" in refusal(file)


def test_huge_files_are_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.stl"
    with file.open("wb") as out:
        out.truncate(mesh_file.MAX_BYTES + 2**20)
    assert "MB" in refusal(file)


@pytest.mark.parametrize("kind", ["obj", "stl", "dae"])
def test_broken_files_load_or_are_one_line(kind: str, tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    file = tmp_path / f"broken.{kind}"
    trimesh.creation.icosphere(1).export(file)
    whole = file.read_bytes()
    lines = []
    for attempt in range(40):
        data = bytearray(whole)
        for at in generator.integers(0, len(data), 1 + attempt % 5 * 20):
            data[at] = generator.integers(0, 256)
        # Each has a name of its own: what was read is remembered.
        file = tmp_path / f"{attempt}.{kind}"
        file.write_bytes(data[: int(generator.integers(1, len(data)))] if attempt % 2 else data)
        try:
            load(file, collides=True)
        except InputError as error:
            lines.append((str(error), file))
    assert lines
    assert all(line.startswith(str(file)) and "\n" not in line for line, file in lines)
