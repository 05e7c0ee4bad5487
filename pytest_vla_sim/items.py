"""Suites as files, trials and gates as items."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_vla_sim import RUNS
from pytest_vla_sim.on_demand import OnDemandRun
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.plan import Cell, Trial
from vla_sim.bench.record import ERRORS, TrialRecord
from vla_sim.errors import InputError


class SuiteFile(pytest.File):
    """A suite: an item for each trial in the plan's order, and after each scenario's trials one for each gate."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the items; nothing is run yet."""
        option = self.config.getoption
        overrides = Overrides(option("--vla-agent"), seed=option("--vla-seed"), trials=option("--vla-trials"))
        plan = load_plan(self.path, overrides)
        run = OnDemandRun(plan, _folder(self.config, plan.suite, plan.agent))
        self.config.stash.setdefault(RUNS, []).append(run)
        for cell in plan.cells:
            for trial in plan.trials_of(cell):
                yield self._grouped(TrialItem.from_parent(self, name=trial.id, run=run, trial=trial), cell)
            for arm, gate in cell.gates.items():
                for name in gate.model_dump(exclude_none=True):
                    item = GateItem.from_parent(self, name=f"{cell.name}/{arm}/{name}", run=run, cell=cell, arm=arm)
                    yield self._grouped(item, cell)

    def _grouped(self, item: pytest.Item, cell: Cell) -> pytest.Item:
        """Keep a scenario in one process where pytest-xdist is asked to heed groups."""
        if self.config.pluginmanager.hasplugin("xdist"):
            item.add_marker(pytest.mark.xdist_group(cell.name))
        return item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what is wrong with a suite in one line."""
        if isinstance(excinfo.value, InputError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class TrialItem(pytest.Item):
    """A trial: it fails if the agent does; an error of the testbench or the simulator is an error in its setup."""

    def __init__(self, *, run: OnDemandRun, trial: Trial, **kwargs: Any):
        super().__init__(**kwargs)
        self._run, self._trial = run, trial

    def setup(self) -> None:
        """Run the trial; an error or a skip is told here, since it says nothing about the agent."""
        record = _or_fail(self._run, self._trial)
        self.user_properties += _properties(record)
        if record.outcome == "not_executed":
            pytest.skip(record.reason)
        if record.outcome in ERRORS:
            pytest.fail(
                f"{record.outcome.replace('_', ' ')} after {record.sim_time:.1f} s: {record.reason}\n"
                f"log: {_short(self._run.log(self._trial))}\n{self._replay()}",
                pytrace=False,
            )

    def runtest(self) -> None:
        """Fail if the agent did."""
        record = self._run.record(self._trial)
        if not record.succeeded:
            pytest.fail(f"{_why(record)}\n{self._replay()}", pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the suite's file and the item's name."""
        return self.path, None, self.name

    def _replay(self) -> str:
        return f"replay: vla-sim replay {_short(self._run.folder)} {self._trial.id} --video"


class GateItem(pytest.Item):
    """A gate: it fails if the arm does not reach its threshold."""

    def __init__(self, *, run: OnDemandRun, cell: Cell, arm: str, **kwargs: Any):
        super().__init__(**kwargs)
        self._run, self._cell, self._arm = run, cell, arm

    def runtest(self) -> None:
        """Fail if the threshold is not reached."""
        try:
            gate = self._run.gate(self._cell, self._arm, self.name.rpartition("/")[2])
        except InputError as error:
            pytest.fail(str(error), pytrace=False)
        self.user_properties += [("value", gate["value"]), ("threshold", gate["threshold"])]
        if not gate["passed"]:
            value = "undefined" if gate["value"] is None else f"{gate['value']:.3f}"
            pytest.fail(
                f"gate failed: {gate['gate']} of {gate['arm']} is {value}, {gate['threshold']:g} is asked",
                pytrace=False,
            )

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the suite's file and the item's name."""
        return self.path, None, self.name


def _or_fail(run: OnDemandRun, trial: Trial) -> TrialRecord:
    try:
        return run.record(trial)
    except InputError as error:
        pytest.fail(str(error), pytrace=False)


def _why(record: TrialRecord) -> str:
    """Return why a trial failed: at what, and under what."""
    lines = [f"{record.reason} at {record.sim_time:.1f} s, progress {record.progress:.2f}"]
    lines += [f"goal: '{said['words']}' at {said['time']:.1f} s" for said in record.words]
    lines += [f"heard: '{heard['words']}' at {heard['time']:.1f} s" for heard in record.heard]
    for fault in record.faults:
        strength = "" if fault["severity"] is None else f" at severity {fault['severity']:g}"
        lines.append(f"fault: {fault['kind']} on {fault['target']}{strength}, {fault['status'].replace('_', ' ')}")
    return "\n".join(lines)


def _properties(record: TrialRecord) -> list[tuple[str, object]]:
    """Return what JUnit files say of a trial."""
    return [
        ("seed", record.seed),
        ("arm", record.arm),
        ("outcome", record.outcome),
        ("words", "; then: ".join(str(said["words"]) for said in record.words)),
        ("progress", record.progress),
        ("sim_time", record.sim_time),
    ]


def _folder(config: pytest.Config, suite: str, agent: str) -> Path:
    """Return the folder of a run; processes of pytest-xdist have one each."""
    name = f"pytest-{suite}-{re.sub(r'[^A-Za-z0-9_.-]', '_', agent)}"
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    folder: Path = config.invocation_params.dir / config.getoption("--vla-out")
    return folder / (name if worker is None else f"{name}-{worker}")


def _short(path: Path) -> str:
    """Return a path as it can be typed from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
