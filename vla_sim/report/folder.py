"""Everything that is derived from a run's ledger: the same ledger gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vla_sim.bench.atomic import write_text
from vla_sim.bench.ledger import JUNIT, REPORT, SUMMARY, TRIALS, read_plan
from vla_sim.bench.record import read_records
from vla_sim.bench.summary import complete, summarise, summary_text
from vla_sim.report.html import report_text
from vla_sim.report.junit import junit_text


def write_reports(folder: Path) -> dict[str, Any]:
    """Write summary, JUnit file and report of a run's folder, and return the summary.

    Raises:
        InputError: the folder holds no run.
    """
    plan = read_plan(folder)
    records = read_records(folder / TRIALS)
    summary = summarise(plan, records)
    trials = complete(plan, records)
    write_text(folder / SUMMARY, summary_text(summary))
    write_text(folder / JUNIT, junit_text(plan, trials))
    write_text(folder / REPORT, report_text(folder, plan, trials, summary))
    return summary
