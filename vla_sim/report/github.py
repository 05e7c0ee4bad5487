"""Annotations and a job summary where a run happens on GitHub."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vla_sim.bench.expand import GateLines

SUMMARY_FILE = "GITHUB_STEP_SUMMARY"


def on_github(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether this process runs in a job of GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def workflow_commands(summary: Mapping[str, Any], suite: Path, lines: GateLines) -> Iterator[str]:
    """Yield workflow commands: an error for each failed gate, and one or a warning for trials that ended in errors.

    Args:
        summary: what the run says.
        suite: the suite's file.
        lines: on which line of it each gate stands.
    """
    for gate in summary["gates"]:
        if not gate["passed"]:
            value = "undefined" if gate["value"] is None else f"{gate['value']:g}"
            text = f"{gate['scenario']}, {gate['arm']}: {gate['gate']} is {value}, {gate['threshold']:g} is asked"
            line = lines.get((gate["scenario"], gate["arm"], gate["gate"]))
            yield _command("error", suite, "gate failed", text, line)
    budget = summary["budget"]
    if budget["error_share"]:
        text = f"{budget['error_share']:.1%} of the trials ended in an error, {budget['max_error_share']:.1%} may"
        yield _command("warning" if budget["passed"] else "error", suite, "errors", text)


def job_summary(summary: Mapping[str, Any]) -> str:
    """Return the run as Markdown: success by scenario and arm, with intervals."""
    lines = [
        f"### {_cell(summary['suite'])}: {_cell(summary['agent'])}, {'passed' if summary['passed'] else 'failed'}",
        "",
        "| scenario | arm | success | 95 % interval | n | to clean |",
        "|---|---|---|---|---|---|",
    ]
    for name, scenario in summary["scenarios"].items():
        for arm, figures in scenario["arms"].items():
            low, high = figures["interval"] or (None, None)
            shown = ["–", "–"] if low is None else [f"{figures['success']:.0%}", f"{low:.2f} to {high:.2f}"]
            difference = figures.get("paired", {}).get("difference")
            change = "" if difference is None else f"{difference * 100:+.0f}"
            lines.append(f"| {_cell(name)} | {_cell(arm)} | {' | '.join(shown)} | {figures['counted']} | {change} |")
    return "\n".join(lines) + "\n\n"


def tell_github(
    summary: Mapping[str, Any], suite: Path, lines: GateLines, environment: Mapping[str, str] = os.environ
) -> list[str]:
    """Append the job summary to the file that GitHub names, and return the lines to print."""
    if not on_github(environment):
        return []
    if environment.get(SUMMARY_FILE):
        with open(environment[SUMMARY_FILE], "a", encoding="utf-8") as file:
            file.write(job_summary(summary))
    return list(workflow_commands(summary, suite, lines))


def _command(kind: str, file: Path, title: str, text: str, line: int | None = None) -> str:
    place = _property(str(file)) + (f",line={line}" if line is not None else "")
    return f"::{kind} file={place},title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
