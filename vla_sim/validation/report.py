"""``validation.json`` and ``junit.xml``: a validation for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import vla_sim
from vla_sim.report.junit import clean_text
from vla_sim.validation.profile import Profile
from vla_sim.validation.result import EXIT_CODES, StageResult, verdict_of

JSON, JUNIT, PAGE = "validation.json", "junit.xml", "validation.html"


def validation(
    profile: Profile,
    file: str,
    digest: str,
    agent: Mapping[str, Any],
    results: Sequence[StageResult],
    manifest: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the content of ``validation.json``; docs/validation.md describes the fields.

    Args:
        profile: what was asked.
        file: name of the profile's file; ``digest`` is its SHA-256.
        digest: see there.
        agent: what was validated.
        results: of the stages, in their order.
        manifest: versions, machine and clock.
    """
    verdict = verdict_of(results)
    return {
        "verdict": verdict,
        "exit_code": int(EXIT_CODES[verdict]),
        "vla_sim": vla_sim.__version__,
        "profile": {"name": profile.name, "description": profile.description, "file": file, "sha256": digest},
        "agent": dict(agent),
        "robot": profile.robot,
        "stages": [
            {
                "name": result.name,
                "stage": result.kind,
                "required": result.required,
                "status": result.outcome.status,
                "reason": result.outcome.reason,
                "checks": [asdict(check) for check in result.outcome.checks],
                "facts": dict(result.outcome.facts),
                "files": {label: f"{result.name}/{path}" for label, path in result.outcome.files.items()},
            }
            for result in results
        ],
        "manifest": {
            **manifest,
            "wall_seconds": {result.name: round(result.wall_seconds, 1) for result in results},
        },
    }


def json_text(content: Mapping[str, Any]) -> str:
    """Return the text of ``validation.json``."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def junit_text(content: Mapping[str, Any]) -> str:
    """Return the text of ``junit.xml``: one test suite a stage, one test case a check; not executed is skipped.

    A stage that is required and was not executed is a failure too: CI must not be green without it.
    """
    root = Element("testsuites", {"name": f"validation {content['profile']['name']}"})
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for stage in content["stages"]:
        suite = SubElement(root, "testsuite", {"name": stage["name"]})
        counts = dict.fromkeys(totals, 0)
        for check in stage["checks"]:
            case = SubElement(suite, "testcase", classname=stage["name"], name=clean_text(check["what"]))
            counts["tests"] += 1
            if not check["passed"]:
                counts["failures"] += 1
                SubElement(case, "failure", type="threshold", message=clean_text(_spoken(check)))
        _conclude(suite, stage, counts)
        suite.attrib |= {name: str(count) for name, count in counts.items()}
        totals = {name: total + counts[name] for name, total in totals.items()}
    verdict = SubElement(root, "testsuite", {"name": "verdict", "tests": "1", "errors": "0", "skipped": "0"})
    case = SubElement(verdict, "testcase", classname="verdict", name="every required stage passed")
    passed = content["verdict"] == "passed"
    verdict.set("failures", str(int(not passed)))
    if not passed:
        SubElement(case, "failure", type=content["verdict"], message=clean_text(verdict_line(content)))
    totals["tests"] += 1
    totals["failures"] += not passed
    root.attrib |= {name: str(total) for name, total in totals.items()}
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def verdict_line(content: Mapping[str, Any]) -> str:
    """Return the verdict in words: which stages stand in its way, and why."""
    required = [stage for stage in content["stages"] if stage["required"]]
    bad = [stage for stage in required if stage["status"] != "passed"]
    if not bad:
        return f"passed: all {len(required)} required stages"
    told = "; ".join(f"{stage['name']} {stage['status'].replace('_', ' ')}: {stage['reason']}" for stage in bad)
    return f"{content['verdict']}: {told}"


def _conclude(suite: Element, stage: Mapping[str, Any], counts: dict[str, int]) -> None:
    """Add a case for the stage itself where no check tells how it ended."""
    told = stage["status"] == "passed" or (stage["status"] == "failed" and counts["failures"])
    if told and stage["checks"]:
        return
    case = SubElement(suite, "testcase", classname=stage["name"], name="stage")
    counts["tests"] += 1
    message = clean_text(stage["reason"])
    if stage["status"] == "not_executed":
        counts["skipped"] += 1
        SubElement(case, "skipped", message=message)
    elif stage["status"] == "error":
        counts["errors"] += 1
        SubElement(case, "error", type="harness", message=message)
    elif stage["status"] == "failed":
        counts["failures"] += 1
        SubElement(case, "failure", type="stage", message=message)


def _spoken(check: Mapping[str, Any]) -> str:
    value = "not measured" if check["value"] is None else f"{check['value']:g}"
    return f"{check['what']}: {value} {check['unit']}".rstrip() + f", {check['asked']} is asked"
