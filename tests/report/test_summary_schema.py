"""``summary.schema.json`` takes the summaries of real runs of every sort, and nothing that differs from them."""

import copy
import json
from pathlib import Path

import pytest
from bench_doubles import BLACKOUT, DROPOUT, LineEnv, Raises, Walker, make_plan
from jsonschema import Draft202012Validator

import vla_sim.report
from vla_sim.bench.expand import Overrides
from vla_sim.bench.ledger import SUMMARY, open_ledger
from vla_sim.bench.reliance import removal
from vla_sim.bench.runner import run_plan
from vla_sim.bench.schema import Gate, Stopping
from vla_sim.bench.summary import summarise, summary_text
from vla_sim.bench.workforce import RunOptions
from vla_sim.cli.run import run_suite
from vla_sim.faults.spec import FaultSpec

SCHEMA = json.loads(Path(vla_sim.report.__file__).with_name("summary.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
BY_NAME = {"scenarios", "task", "world", "fault", "arms", "removed", "reliance", "reasons", "metrics"}
"""Keys of mappings whose own keys are names."""


def agent(double):
    return f"{double.__module__}:{double.__qualname__}"


def severities(*values):
    arms = {f"dark@{value}": (FaultSpec(target="camera", kind="blackout", severity=value),) for value in values}
    return {"clean": (), **arms}


def stopping(plan):
    cells = tuple(cell.model_copy(update={"stopping": Stopping()}) for cell in plan.cells)
    return plan.model_copy(update={"cells": cells})


ALL_GATES = {
    "clean": Gate(min_success=0.9, min_success_lower=0.2),
    "blackout": Gate(max_drop=0.5, min_resilience=1.5),
}
PLANS = {
    "clean only": make_plan(arms={"clean": ()}),
    "clean and faulted": make_plan(trials=6),
    "gates": make_plan(trials=6, gates=ALL_GATES),
    "stopped early": stopping(make_plan(trials=30, cells=1, gates={"clean": Gate(min_success=0.2)})),
    "reliance": make_plan(
        arms={"clean": (), "without-camera": (removal("camera"),), "without-goal": (removal("goal"),)}
    ),
    "severities": make_plan(trials=5, arms=severities(0.5, 1.0), gates={"dark@1.0": Gate(min_area=0.5)}),
    "errors": make_plan(agent(Raises), trials=5),
    "nothing but errors": make_plan(trials=2, arms={"clean": (), "odd": (BLACKOUT, DROPOUT)}),
}


@pytest.fixture(scope="module")
def summaries(tmp_path_factory):
    found = {}
    for name, plan in PLANS.items():
        if plan.agent == "bench_doubles:Walker":
            plan = plan.model_copy(update={"agent": agent(Walker)})
        folder = tmp_path_factory.mktemp("run") / "run"
        with open_ledger(folder, plan) as ledger:
            run_plan(plan, ledger, folder, RunOptions(jobs=0), lambda record: None, LineEnv)
            found[name] = json.loads(summary_text(summarise(plan, ledger.records)))
            found[f"{name}, cut short"] = json.loads(summary_text(summarise(plan, ledger.records[:1])))
    return found


def test_the_schema_is_one_and_describes_every_field():
    Draft202012Validator.check_schema(SCHEMA)

    def look(part, where):
        if not isinstance(part, dict):
            return
        for name, field in part.get("properties", {}).items():
            assert field.get("description") or "$ref" in field, f"{where}.{name} is not described"
        if part.get("type") == "object" and "properties" in part:
            assert "additionalProperties" in part, f"{where} lets anything in"
        for name, inner in part.items():
            for item in inner if isinstance(inner, list) else [inner]:
                look(item, f"{where}.{name}")

    look(SCHEMA, "summary")


@pytest.mark.parametrize("name", PLANS)
def test_summaries_of_runs_are_valid(name, summaries):
    for summary in (summaries[name], summaries[f"{name}, cut short"]):
        assert [error.message for error in VALIDATOR.iter_errors(summary)] == []


def test_the_runs_have_something_in_every_part(summaries):
    assert summaries["stopped early"]["stopped_early"]
    assert summaries["reliance"]["reliance"]["all"]["removed"]
    assert summaries["severities"]["curves"]
    gates = [*summaries["gates"]["gates"], *summaries["severities"]["gates"]]
    assert {gate["gate"] for gate in gates} == set(Gate.model_fields)
    assert summaries["errors"]["outcomes"]["harness_error"]
    assert summaries["nothing but errors"]["arms"]["odd"]["paired"]["difference"] is None


def changed(part, path=()):
    """Yield (where, a copy of the whole with one thing wrong) for every place of a summary."""
    named = bool(path) and (path[-1] in BY_NAME or path[:-1] in (("by", "task"), ("by", "world")))
    if isinstance(part, dict):
        yield path, lambda at: at.update({"unheard_of": "x"})
        for key in part:
            if not named or key == "clean":
                yield (*path, key, "(missing)"), lambda at, key=key: at.pop(key)
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(value, dict | list):
            yield from changed(value, (*path, key))
        wrong = 7 if isinstance(value, str) else "x"
        yield (*path, key, "(of another type)"), lambda at, key=key, wrong=wrong: at.__setitem__(key, wrong)


@pytest.mark.parametrize("name", ["gates", "stopped early", "reliance", "severities"])
def test_whatever_is_wrong_is_rejected(name, summaries):
    summary = summaries[name]
    assert VALIDATOR.is_valid(summary)
    for path, spoil in changed(summary):
        wrong = copy.deepcopy(summary)
        at = wrong
        for key in path[:-2] if path and str(path[-1]).startswith("(") else path:
            at = at[key]
        spoil(at)
        assert not VALIDATOR.is_valid(wrong), f"{name}: {path}"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s["arms"]["blackout"].update(success=1.2),
        lambda s: s["arms"]["blackout"].pop("paired"),
        lambda s: s["arms"]["clean"].update(paired=s["arms"]["blackout"]["paired"]),
        lambda s: s["arms"]["clean"].update(interval=[0.1, 0.2, 0.3]),
        lambda s: s["arms"].pop("clean"),
        lambda s: s["gates"][0].update(gate="least_success"),
        lambda s: s.update(exit_code=2),
        lambda s: s.update(plan_sha256="abc"),
        lambda s: s["outcomes"].update(success=-1),
    ],
)
def test_values_that_cannot_be_are_rejected(spoil, summaries):
    summary = copy.deepcopy(summaries["gates"])
    spoil(summary)
    assert not VALIDATOR.is_valid(summary)


def test_a_run_of_the_simulator_is_valid(tmp_path):
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "name: small\n"
        "scenarios:\n"
        "- {world: arena, task: turn_by_angle, trials: 2, sensors: [imu], arms: {biased: imu:bias@L3}}\n"
    )
    overrides, options = Overrides(agent="idle"), RunOptions(jobs=1)
    assert (
        run_suite(str(suite), overrides, options, out=tmp_path / "run", fresh=False, video="none", record="none") == 0
    )
    summary = json.loads((tmp_path / "run" / SUMMARY).read_text())
    assert [error.message for error in VALIDATOR.iter_errors(summary)] == []
    assert summary["scenarios"]["turn_by_angle-arena"]["arms"]["biased"]["paired"]["pairs"] == 2
