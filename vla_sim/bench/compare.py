"""A run against a baseline: the same trials, on the same seeds, before and after a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vla_sim.bench.ledger import TRIALS, read_plan
from vla_sim.bench.plan import Cell, Plan
from vla_sim.bench.record import TrialRecord, read_records
from vla_sim.bench.statistics import Paired, holm
from vla_sim.bench.statistics.power import detectable_drop
from vla_sim.bench.stopping import STOPPED
from vla_sim.bench.summary import error_budget
from vla_sim.errors import InputError

ALPHA = 0.05
"""An arm has become worse if its adjusted p-value is at most this."""


@dataclass(frozen=True, slots=True)
class _Run:
    folder: Path
    plan: Plan
    records: Mapping[str, TrialRecord]

    @classmethod
    def read(cls, folder: Path) -> _Run:
        return cls(folder, read_plan(folder), {record.id: record for record in read_records(folder / TRIALS)})

    def of(self, scenario: str, arm: str) -> list[TrialRecord]:
        """Return the records of an arm."""
        return [record for record in self.records.values() if (record.scenario, record.arm) == (scenario, arm)]


def compare_runs(folder: Path, baseline: Path) -> dict[str, Any]:
    """Return what has changed from a baseline's run to this one, ready for JSON.

    Trials are paired by id and seed; each pair of scenario and arm has an exact McNemar test, adjusted for their number
    (Holm 1979). An arm is ``worse`` if its success rate fell and the adjusted p-value is at most 5 %. A run with more
    errors than its budget, or that has lost all pairs of an arm that the baseline has, does not pass either.

    Raises:
        InputError: a folder holds no run, or no trial of the two can be paired.
    """
    new, old = _Run.read(folder), _Run.read(baseline)
    pairs = _pairs(new, old)
    if not pairs:
        raise InputError(
            f"no trial has a twin of the same id and seed in '{baseline}' (seeds {new.plan.seed} and {old.plan.seed}); "
            "run the same suite with the same --seed",
            file=folder,
        )
    budget = error_budget(new.records.values(), new.plan.max_error_share)
    gone = [
        {"scenario": cell.name, "arm": arm}
        for cell in new.plan.cells
        for arm in cell.arms
        if (cell.name, arm) not in pairs and any(r.counts for r in old.of(cell.name, arm))
    ]
    arms = [_arm(scenario, arm, twins) for (scenario, arm), twins in pairs.items()]
    for arm, p_value in zip(arms, holm([arm["p_value"] for arm in arms]), strict=True):
        arm["p_holm"] = round(p_value, 6)
        significant = p_value <= ALPHA
        arm["verdict"] = "worse" if significant and arm["difference"] < 0 else "better" if significant else "unchanged"
    return {
        "run": {"agent": new.plan.agent, "engine": new.plan.engine, "version": new.plan.version},
        "baseline": {"agent": old.plan.agent, "engine": old.plan.engine, "version": old.plan.version},
        "alpha": ALPHA,
        "passed": budget["passed"] and not gone and all(arm["verdict"] != "worse" for arm in arms),
        "budget": budget,
        "without_pairs": gone,
        "arms": arms,
        "remarks": _remarks(new, old, pairs),
    }


_Twins = Sequence[tuple[TrialRecord, TrialRecord]]


def _pairs(new: _Run, old: _Run) -> dict[tuple[str, str], list[tuple[TrialRecord, TrialRecord]]]:
    """Return (baseline, new) records of the trials that count in both runs, by scenario and arm."""
    found: dict[tuple[str, str], list[tuple[TrialRecord, TrialRecord]]] = {
        (cell.name, arm): [] for cell in new.plan.cells for arm in cell.arms
    }
    for record in new.records.values():
        twin = old.records.get(record.id)
        if twin is not None and twin.seed == record.seed and twin.counts and record.counts:
            found[record.scenario, record.arm].append((twin, record))
    return {key: twins for key, twins in found.items() if twins}


def _arm(scenario: str, arm: str, twins: _Twins) -> dict[str, Any]:
    # The baseline takes the place of the clean arm.
    paired = Paired.count((before.succeeded, after.succeeded) for before, after in twins)
    difference, interval = paired.difference, paired.difference_interval
    assert difference is not None
    assert interval is not None
    return {
        "scenario": scenario,
        "arm": arm,
        "pairs": paired.pairs,
        "baseline": round((paired.both + paired.only_clean) / paired.pairs, 6),
        "run": round((paired.both + paired.only_faulted) / paired.pairs, 6),
        "difference": round(difference, 6),
        "difference_interval": [round(end, 6) for end in interval],
        "p_value": paired.p_value,
        "detectable_drop": detectable_drop(paired.pairs),
        "lost": [after.id for before, after in twins if before.succeeded and not after.succeeded],
        "gained": [after.id for before, after in twins if after.succeeded and not before.succeeded],
    }


def _remarks(new: _Run, old: _Run, pairs: Mapping[tuple[str, str], _Twins]) -> list[str]:
    """Return what keeps the two runs from being the same but for the agent."""
    remarks = [
        f"{field}: '{getattr(old.plan, field)}' in the baseline, '{getattr(new.plan, field)}' here"
        for field in ("suite", "seed", "engine", "renderer", "version")
        if getattr(old.plan, field) != getattr(new.plan, field)
    ]
    cells = {cell.name: cell for cell in new.plan.cells}
    for before in old.plan.cells:
        after = cells.pop(before.name, None)
        if after is None:
            remarks.append(f"the scenario '{before.name}' is in the baseline only")
            continue
        remarks += _changes(before, after)
    remarks += [f"the scenario '{name}' is not in the baseline" for name in cells]
    stopped = [record for record in new.records.values() if record.reason.startswith(STOPPED)]
    if stopped:
        remarks.append(f"{len(stopped)} trials were not needed, as their arms had stopped early")
    alone = len(new.records) - sum(map(len, pairs.values())) - len(stopped)
    if alone:
        remarks.append(f"{alone} of {len(new.records)} trials have no twin that counts, and are left out")
    return remarks


def _changes(before: Cell, after: Cell) -> list[str]:
    changed = []
    if before.world_hash != after.world_hash:
        changed.append(f"{after.name}: the world is not made of the same parts any more")
    changed += [
        f"{after.name}: the faults of the arm '{arm}' are others"
        for arm in after.arms
        if arm in before.arms and before.arms[arm] != after.arms[arm]
    ]
    missing = [arm for arm in before.arms if arm not in after.arms]
    if missing:
        changed.append(f"{after.name}: the baseline has arms that are not here: {', '.join(missing)}")
    return changed
