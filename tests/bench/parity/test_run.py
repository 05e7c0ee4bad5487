"""Pairs of a real suite, and a folder that goes on where it was left."""

import json

import pytest

from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.parity.run import PAIRS, SUMMARY, TEXT, run_parity
from vla_sim.bench.workforce import RunOptions
from vla_sim.errors import InputError


@pytest.fixture
def plans(tmp_path):
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "name: s\nseed: 1\nscenarios:\n  - {world: arena, task: turn_by_angle, trials: 2}\n", encoding="utf-8"
    )
    # An engine against itself: every bit of both drives must agree.
    return load_plan(suite, Overrides()), load_plan(suite, Overrides())


def test_an_engine_is_on_a_par_with_itself(plans, tmp_path):
    folder, told = tmp_path / "out", []
    summary = run_parity(plans, folder, RunOptions(jobs=0), told.append)
    assert summary["counted"] == len(told) == 2
    assert summary["difference"] == 0.0
    assert summary["signs"] == {"none": 2}
    assert summary["sensors"]["camera"]["readings"] > 0
    assert summary["sensors"]["camera"]["largest"] == 0.0
    assert json.loads((folder / SUMMARY).read_text()) == json.loads(json.dumps(summary))
    assert (folder / TEXT).read_text().startswith("2 of 2 pairs count\n")


def test_it_goes_on_where_it_was_left(plans, tmp_path):
    folder, told = tmp_path / "out", []
    whole = run_parity(plans, folder, RunOptions(jobs=0), told.append)
    lines = (folder / PAIRS).read_text().splitlines(keepends=True)
    (folder / PAIRS).write_text(lines[0] + lines[1][:50])
    again = []
    assert run_parity(plans, folder, RunOptions(jobs=0), again.append) == whole
    assert [pair.id for pair in again] == [told[1].id]
    assert (folder / PAIRS).read_text() == "".join(lines)


def test_another_plan_does_not_mix(plans, tmp_path):
    folder = tmp_path / "out"
    run_parity(plans, folder, RunOptions(jobs=0), lambda pair: None)
    other = plans[0].model_copy(update={"seed": 9})
    with pytest.raises(InputError, match="holds pairs of another plan"):
        run_parity((other, other), folder, RunOptions(jobs=0), lambda pair: None)
