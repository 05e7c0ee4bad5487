"""From a suite file to a plan, with everything checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vla_sim.bench.plan import Cell, Plan
from vla_sim.bench.schema import CLEAN, Gate, Scenario, Suite, load_suite, nearest
from vla_sim.bench.venue import ALL_TASKS, Venue, load_venue
from vla_sim.document import Document, Loc
from vla_sim.engines import make_engine
from vla_sim.envs.body import body_of
from vla_sim.errors import InputError
from vla_sim.faults.kind import kind_for
from vla_sim.faults.spec import FaultSpec
from vla_sim.faults.target import CHANNELS, GROUPS, JOINTS, members
from vla_sim.tasks import TASKS
from vla_sim.tasks.pairs import without_pairs
from vla_sim.tasks.task import Words

MAX_TRIALS = 1_000_000

GateLines = Mapping[tuple[str, str, str], int]
"""The line of the suite's file on which a gate stands, by scenario, arm and threshold."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says over the suite's head; None leaves it as it is."""

    agent: str = "expert"
    engine: str = "embedded"
    renderer: str = "auto"
    seed: int | None = None
    trials: int | None = None
    strict: bool = False
    """Refuse worlds that hold elements which are not supported."""


def load_plan(path: Path, overrides: Overrides = Overrides()) -> Plan:
    """Read a suite and work its lists out.

    Raises:
        InputError: the file is wrong, or names a world, task, stream or fault that is not there.
    """
    return load_plan_and_lines(path, overrides)[0]


def load_plan_and_lines(path: Path, overrides: Overrides = Overrides()) -> tuple[Plan, GateLines]:
    """Read a suite as ``load_plan`` does, and tell where its gates stand, too."""
    suite, document = load_suite(path)
    make_engine(overrides.engine, renderer=overrides.renderer).close()
    expansion = _Expansion(suite, document, overrides)
    cells = tuple(expansion.cells())
    total = sum(cell.trials * len(cell.arms) for cell in cells)
    if total > MAX_TRIALS:
        raise document.error(f"makes {total} trials; {MAX_TRIALS} is the limit", "scenarios")
    plan = Plan(
        suite=suite.name,
        description=suite.description,
        seed=suite.seed if overrides.seed is None else overrides.seed,
        agent=overrides.agent,
        engine=overrides.engine,
        renderer=overrides.renderer,
        cells=cells,
        max_error_share=suite.max_error_share,
    )
    return plan, expansion.lines


class _Expansion:
    """The work on one suite: what has been loaded and named so far."""

    def __init__(self, suite: Suite, document: Document, overrides: Overrides):
        self._suite = suite
        self._document = document
        self._overrides = overrides
        self._venues: dict[tuple[str, str | None], Venue] = {}
        self._names: set[str] = set()
        self.lines: dict[tuple[str, str, str], int] = {}

    def cells(self) -> Iterator[Cell]:
        for index, scenario in enumerate(self._suite.scenarios):
            yield from self._scenario(index, self._suite.resolved(scenario))

    def _scenario(self, index: int, scenario: Scenario) -> Iterator[Cell]:
        for field in ("world", "task"):
            if not getattr(scenario, field):
                missing = f"the key '{field}' is missing, here and in the defaults"
                raise self._document.error(missing, "scenarios", index, field)
        for world in scenario.world:
            venue = self._venue(index, world, scenario.robot)
            for task in self._tasks(index, scenario, venue):
                for words in scenario.words:
                    yield self._cell(index, scenario, venue, task, words)

    def _venue(self, index: int, world: str, robot: str | None) -> Venue:
        try:
            if (world, robot) not in self._venues:
                self._venues[world, robot] = load_venue(world, robot, self._document.file.parent)
        except InputError as error:
            if error.file is not None:
                raise
            raise self._error(error.message, index, error.field or "world") from error
        venue = self._venues[world, robot]
        if self._overrides.strict and venue.site.world.issues:
            issue = venue.site.world.issues[0]
            raise InputError(f"<{issue.element}>: {issue.message}", file=issue.file, line=issue.line)
        return venue

    def _tasks(self, index: int, scenario: Scenario, venue: Venue) -> list[str]:
        try:
            return venue.tasks(scenario.task)
        except InputError as error:
            raise self._error(error.message, index, "task") from error

    def _cell(self, index: int, scenario: Scenario, venue: Venue, task: str, words: Words) -> Cell:
        name = _cell_name(scenario, venue.name, task, words)
        if name in self._names:
            raise self._error(f"two scenarios are called '{name}'; give one of them another name", index, "name")
        self._names.add(name)
        if reason := without_pairs(TASKS[task], venue.site, words):
            raise self._error(reason, index, "words")
        arms = self._arms(index, scenario, venue)
        return Cell(
            name=name,
            world=venue.name,
            world_source=venue.world,
            world_hash=venue.fingerprint,
            task=task,
            words=words,
            robot=venue.robot,
            trials=self._overrides.trials or scenario.trials,
            control_rate=scenario.control_rate,
            sensors=scenario.sensors,
            variation=scenario.variation,
            arms=arms,
            gates=self._gates(name, index, scenario, arms),
            stopping=scenario.stopping,
        )

    def _arms(self, index: int, scenario: Scenario, venue: Venue) -> dict[str, tuple[FaultSpec, ...]]:
        arms: dict[str, tuple[FaultSpec, ...]] = {CLEAN: ()}
        produced = set(scenario.sensors or venue.streams)
        for sensor in sorted(produced - set(venue.streams)):
            raise self._error(f"no stream '{sensor}'{nearest(sensor, venue.streams)}", index, "sensors")
        for name, arm in scenario.arms.items():
            for place, fault in enumerate(arm.faults):
                if problem := fault_problem(fault, venue, produced):
                    raise self._error(problem, index, "arms", name, "faults", place)
            for severity in arm.severities or (None,):
                full_name = _arm_name(name, severity)
                if full_name in arms:
                    raise self._error(f"the arm '{full_name}' stands here twice", index, "arms", name)
                arms[full_name] = tuple(self._at_severity(index, name, fault, severity) for fault in arm.faults)
        return arms

    def _at_severity(self, index: int, arm: str, fault: FaultSpec, severity: float | None) -> FaultSpec:
        if severity is None:
            return fault
        if fault.parameters is not None:
            raise self._error("a fault with parameters has no severity; leave 'severities' out", index, "arms", arm)
        return fault.model_copy(update={"severity": severity, "level": None})

    def _gates(
        self, cell: str, index: int, scenario: Scenario, arms: Mapping[str, tuple[FaultSpec, ...]]
    ) -> dict[str, Gate]:
        """Return the gates by full arm name; the name of an arm with severities gates each of them.

        Their curve is one figure for them all: its gate stands at the last.
        """
        families = {
            name: [_arm_name(name, severity) for severity in sorted(arm.severities)] if arm.severities else [name]
            for name, arm in scenario.arms.items()
        }
        gates: dict[str, Gate] = {}
        for name, gate in scenario.gates.items():
            if name not in families and name not in arms:
                raise self._error(f"no arm '{name}'{nearest(name, [*arms, *families])}", index, "gates", name)
            if name == CLEAN and (gate.min_resilience, gate.max_drop) != (None, None):
                what = "a drop" if gate.min_resilience is None else "resilience"
                raise self._error(f"{what} compares a faulted arm with the clean one", index, "gates", name)
            if gate.min_area is not None and (
                name not in families or sum(severity > 0 for severity in scenario.arms[name].severities or ()) < 2
            ):
                what = "an area is that of an arm with two severities or more above 0"
                raise self._error(what, index, "gates", name, "min_area")
            family = families.get(name, [name])
            for arm in family:
                gates[arm] = gate if arm == family[-1] else gate.model_copy(update={"min_area": None})
                for field in gates[arm].model_dump(exclude_none=True):
                    place = self._place(index, "gates", name, field)
                    self.lines[cell, arm, field] = self._document.lines[self._document.locate(place)]
        return gates

    def _error(self, message: str, index: int, *loc: str | int) -> InputError:
        """Return an error at a field of a scenario, or of the defaults where the scenario leaves it to them."""
        return self._document.error(message, *self._place(index, *loc))

    def _place(self, index: int, *loc: str | int) -> Loc:
        """Return where a field of a scenario stands: in the scenario, or in the defaults."""
        own = ("scenarios", index, *loc)
        place = own if self._document.locate(own[:3]) == own[:3] else ("defaults", *loc)
        return place if self._document.locate(place[:2]) == place[:2] else own


def _cell_name(scenario: Scenario, world: str, task: str, words: Words) -> str:
    """Name a cell after its scenario and what it has several of; nameless ones after task and world."""
    if scenario.name is None:
        parts = [task, world]
    else:
        several_tasks = len(scenario.task) > 1 or ALL_TASKS in scenario.task
        parts = [scenario.name, *([task] if several_tasks else []), *([world] if len(scenario.world) > 1 else [])]
    if len(scenario.words) > 1 or (scenario.name is None and words != "seen"):
        parts.append(words)
    return "-".join(parts)


def _arm_name(name: str, severity: float | None) -> str:
    return name if severity is None else f"{name}@{severity:g}"


def fault_problem(fault: FaultSpec, venue: Venue, produced: set[str]) -> str | None:
    """Return why a fault cannot act on this robot, or None."""
    moves = bool(body_of(venue.site.robot).movable)
    lines = {name: modality for name, modality in CHANNELS.items() if moves or name != JOINTS}
    modalities = {**venue.streams, **lines}
    for name in fault.target.split(","):
        if name not in modalities and name not in GROUPS:
            return f"no stream '{name}'{nearest(name, [*venue.streams, *lines, *GROUPS])}"
        if name in venue.streams and name not in produced:
            return f"the stream '{name}' is not among the scenario's sensors"
    offered = {name: modality for name, modality in modalities.items() if name in produced or name in lines}
    try:
        targets = members(fault.target, offered)
    except InputError as error:
        return error.message
    for target in targets:
        if kind_for(fault.kind, modalities[target]) is None:
            return f"the fault '{fault.kind}' does not fit '{target}', which is {modalities[target]}"
    return None
