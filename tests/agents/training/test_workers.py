"""Files are made by processes, piece by piece."""

import pytest
from vla_agents.training.workers import files_made

from vla_sim.errors import HarnessError, InputError


def copied(piece, path, folder):
    if piece == "missing":
        raise InputError("there is no such file", file=folder / piece)
    if piece == "broken":
        raise RuntimeError("out of ideas")
    path.write_bytes((folder / piece).read_bytes() * 2)
    return f"{piece} is done"


@pytest.fixture
def sent(tmp_path):
    folder = tmp_path / "sent"
    (folder / "deep").mkdir(parents=True)
    (folder / "first").write_bytes(b"1")
    (folder / "deep" / "second").write_bytes(b"2")
    return folder


def made(tmp_path, sent, pieces, executor):
    work = {tmp_path / executor / f"{number}.npz": piece for number, piece in enumerate(pieces)}
    (tmp_path / executor).mkdir(exist_ok=True)
    told = list(files_made(copied, work, 2, executor, sent))
    return told, [path.read_bytes() for path in work]


def test_each_piece_makes_its_file(tmp_path, sent):
    told, files = made(tmp_path, sent, ["first", "deep/second"], "local")
    assert told == ["first is done", "deep/second is done"]
    assert files == [b"11", b"22"]


def test_what_fails_is_said(tmp_path, sent):
    with pytest.raises(InputError, match="no such file"):
        made(tmp_path, sent, ["missing"], "local")
    with pytest.raises(HarnessError, match="out of ideas"):
        made(tmp_path, sent, ["broken"], "local")
