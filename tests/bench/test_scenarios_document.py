"""``docs/scenarios.md`` says everything that a suite file may say, and nothing in it is wrong."""

import re
from pathlib import Path

import pytest

from vla_sim.bench.expand import load_plan
from vla_sim.bench.schema import Arm, Defaults, Gate, Scenario, Search, Stopping, Suite
from vla_sim.envs.variation import VariationSpec
from vla_sim.faults.onset import Onset
from vla_sim.faults.spec import FaultSpec

TEXT = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
ROWS = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)
MODELS = (Suite, Defaults, Scenario, Arm, Gate, Stopping, Search, VariationSpec, FaultSpec, Onset)


@pytest.mark.parametrize("model", MODELS)
def test_every_field_has_its_row(model):
    assert set(model.model_fields) <= set(ROWS)


def test_every_row_is_a_field():
    assert set(ROWS) == {name for model in MODELS for name in model.model_fields}


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split("\n")[0].removeprefix("name: "))
def test_every_example_is_a_suite(tmp_path, text):
    file = tmp_path / "suite.yaml"
    file.write_text(text, encoding="utf-8")
    assert load_plan(file).cells


def test_the_examples_use_every_field():
    used = set(re.findall(r"(\w+):", "".join(EXAMPLES)))
    assert {name for model in MODELS for name in model.model_fields} <= used
