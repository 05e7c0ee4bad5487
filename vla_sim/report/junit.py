"""JUnit XML, as CI servers read it: a policy's failure is a failure, the testbench's an error, the rest skipped."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from vla_sim.bench.plan import Plan
from vla_sim.bench.record import ERRORS, TrialRecord

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def junit_text(plan: Plan, trials: Sequence[TrialRecord]) -> str:
    """Return the text of ``junit.xml``: one test suite a scenario, one test case a trial.

    ``time`` is simulated time, so that the same run gives the same bytes.

    Args:
        plan: what was to be run.
        trials: a record for every trial of the plan.
    """
    root = Element("testsuites", {"name": plan.suite, **_counts(trials)})
    for cell in plan.cells:
        mine = [trial for trial in trials if trial.scenario == cell.name]
        suite = SubElement(root, "testsuite", {"name": cell.name, **_counts(mine)})
        _properties(suite, {"world": cell.world, "task": cell.task, "words": cell.words, "agent": plan.agent})
        for trial in mine:
            _case(suite, plan, trial)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _case(suite: Element, plan: Plan, trial: TrialRecord) -> None:
    name = clean_text(trial.id.removeprefix(f"{trial.scenario}/"))
    case = SubElement(suite, "testcase", classname=trial.scenario, name=name, time=f"{trial.sim_time:.3f}")
    replay = f"vla-sim replay . {trial.id}"
    _properties(
        case,
        {
            "seed": str(trial.seed),
            "suite_seed": str(plan.seed),
            "world": trial.world,
            "agent": plan.agent,
            "arm": trial.arm,
            "words": "; then: ".join(str(said.get("words", "")) for said in trial.words),
            "faults": json.dumps(trial.faults, ensure_ascii=False),
            "replay": replay,
        },
    )
    if trial.outcome == "failure":
        SubElement(case, "failure", type=clean_text(trial.reason), message=clean_text(_spoken(trial)))
    elif trial.outcome in ERRORS:
        SubElement(case, "error", type=trial.outcome, message=clean_text(trial.reason))
    elif trial.outcome == "not_executed":
        SubElement(case, "skipped", message=clean_text(trial.reason))
        return
    SubElement(case, "system-out").text = f"To run it again, in the folder of this file: {replay}"


def _spoken(trial: TrialRecord) -> str:
    goals = ", then ".join(f"'{said.get('words', '')}'" for said in trial.words)
    return f"{trial.reason} at {trial.sim_time:.1f} s, progress {trial.progress:.2f}: {goals}"


def _counts(trials: Sequence[TrialRecord]) -> dict[str, str]:
    return {
        "tests": str(len(trials)),
        "failures": str(sum(trial.outcome == "failure" for trial in trials)),
        "errors": str(sum(trial.outcome in ERRORS for trial in trials)),
        "skipped": str(sum(trial.outcome == "not_executed" for trial in trials)),
        "time": f"{sum(trial.sim_time for trial in trials):.3f}",
    }


def _properties(parent: Element, values: dict[str, str]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in values.items():
        SubElement(properties, "property", name=name, value=clean_text(value))


def clean_text(text: str) -> str:
    """Return a text as XML can hold it: what it cannot becomes a replacement character."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
