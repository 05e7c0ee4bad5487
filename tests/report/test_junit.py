from bench_doubles import BLACKOUT, make_plan
from defusedxml import ElementTree

from vla_sim.bench.record import TrialRecord
from vla_sim.bench.summary import complete
from vla_sim.bench.trial import identity
from vla_sim.report.junit import junit_text


def parsed(plan, *outcomes, reason="timeout"):
    records = [
        TrialRecord(
            **identity(trial),
            outcome=outcome,
            reason="" if outcome == "success" else reason,
            sim_time=1.5,
            words=[{"time": 0.0, "words": "go to the <red> & blue cube"}],
            faults=[] if trial.arm == "clean" else [{"kind": BLACKOUT.kind, "status": "applied"}],
        )
        for trial, outcome in zip(plan.trials(), outcomes, strict=False)
    ]
    return ElementTree.fromstring(junit_text(plan, complete(plan, records)).encode())


def test_each_outcome_has_its_element():
    root = parsed(make_plan(trials=3, cells=1), "success", "failure", "harness_error", "simulator_crash")
    assert root.attrib | {"name": ""} == {
        "name": "",
        "tests": "6",
        "failures": "1",
        "errors": "2",
        "skipped": "2",
        "time": "6.000",
    }
    cases = root.findall("./testsuite/testcase")
    elements = [[child.tag for child in case if child.tag not in ("properties", "system-out")] for case in cases]
    assert elements == [[], ["failure"], ["error"], ["error"], ["skipped"], ["skipped"]]
    assert cases[1].find("failure").get("message").startswith("timeout at 1.5 s, progress 0.00: 'go to the <red> &")
    assert cases[2].find("error").get("type") == "harness_error"


def test_a_case_says_how_to_run_it_again():
    plan = make_plan(trials=1, cells=1)
    _, case = parsed(plan, "success", "success").findall("./testsuite/testcase")
    properties = {item.get("name"): item.get("value") for item in case.findall("./properties/property")}
    trial = plan.trial("walk0/blackout/000")
    assert properties["seed"] == str(trial.seed)
    assert properties["replay"] == "vla-sim replay . walk0/blackout/000"
    assert (properties["world"], properties["agent"]) == ("line", plan.agent)
    assert properties["replay"] in case.findtext("system-out")
    assert '"blackout"' in properties["faults"]
    assert (case.get("classname"), case.get("name"), case.get("time")) == ("walk0", "blackout/000", "1.500")


def test_a_trial_that_never_ran_has_nothing_to_replay():
    cases = parsed(make_plan(trials=1, cells=1), "failure").findall("./testsuite/testcase")
    assert [case.find("system-out") is not None for case in cases] == [True, False]
    assert [child.tag for child in cases[0]] == ["properties", "failure", "system-out"], (
        "the order that schemas ask for"
    )


def test_characters_that_xml_cannot_hold_are_replaced():
    root = parsed(make_plan(trials=1, cells=1), "failure", reason="bad \x00 \x1b \ud800 byte")
    assert root.find(".//failure").get("type") == "bad � � � byte"
