"""Commands around the second engine."""

import json

import pytest

from vla_sim.cli.app import app
from vla_sim.errors import InputError
from vla_sim.sdf import load_world


@pytest.fixture
def run(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as ended:
            app(list(words))
        return ended.value.code, capsys.readouterr().out

    return run


def test_a_world_for_a_server_that_is_started_by_hand(run, tmp_path):
    code, _ = run("gz", "world", "arena", "--out", str(tmp_path / "arena.sdf"))
    assert code == 0
    assert load_world(tmp_path / "arena.sdf").model("robot").links[0].sensors
    code, text = run("gz", "world", "arena", "--renderer", "ogre")
    assert "<render_engine>ogre</render_engine>" in text
    with pytest.raises(InputError, match="the folder is not there"):
        app(["gz", "world", "arena", "--out", str(tmp_path / "none" / "arena.sdf")])
    with pytest.raises(InputError, match="unknown renderer 'rays'"):
        app(["gz", "world", "arena", "--renderer", "rays"])


def test_the_doctor_audits(run):
    code, text = run("doctor", "--determinism", "--seconds", "0.5", "--json")
    told = json.loads(text)
    assert code == 0
    assert (told["engine"], told["world"], told["first"], told["differing"]) == ("embedded", "arena", None, {})


def test_parity_of_an_engine_with_itself(run, tmp_path):
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "name: s\nseed: 1\nscenarios:\n  - {world: arena, task: turn_by_angle, trials: 1}\n", encoding="utf-8"
    )
    code, text = run("parity", str(suite), "--other", "embedded", "--jobs", "0", "--out", str(tmp_path / "out"))
    assert code == 0
    assert "difference +0.0 points" in text
    assert (tmp_path / "out" / "parity.json").is_file()
