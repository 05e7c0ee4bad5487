"""An episode that follows a script of instructions, judges the last one said, and keeps the measures of a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vla_sim.engines.engine import Placements, Truth
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.motion import Motion, first_motion, next_motion
from vla_sim.tasks.objective import SUCCESS, Objective
from vla_sim.tasks.plan import Plan
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.watch import DrivingWatch, Watch


class ScriptedEpisode:
    """One trial: where things stand, what is said when, and the verdict.

    The verdict is ``success`` when the objective of the last instruction is met; the trial fails for ``timeout``,
    ``collision``, the reason of a broken rule, or that of an objective (``wrong_object``, ``missed_stop``, ...).

    Metrics over the trial: those of its watch, and after a success ``time_to_success``. For the last instruction, from
    when it was said: ``shortest_path``, ``distance_to_goal``, ``spl`` (Anderson et al. 2018), ``soft_spl`` (Datta et
    al. 2020) and the stages of its objective, if it has any. A turn has ``shortest_angle`` and ``angle_to_goal``
    instead, a halt ``shortest_time`` and ``time_to_goal``, and SPL takes these for the way.
    """

    def __init__(
        self,
        site: Site,
        placements: Placements,
        instructions: Sequence[Instruction],
        alternatives: Sequence[Goal],
        *,
        time_limit: float,
        chance: float,
        light: float | None = None,
        watch: Watch | None = None,
    ):
        self.placements, self.light, self.chance = placements, light, chance
        self.time_limit = round(time_limit, 1)
        self.alternatives = tuple(alternatives)
        """Goals that look equally plausible to an agent which does not heed the words; the true one is among them."""
        self._site, self._instructions = site, tuple(instructions)
        self._watch = watch or DrivingWatch(site, placements)
        self._robot = site.semantics.robot
        self._current = 0

    def begin(self, truth: Truth) -> None:
        """Start judging from this state."""
        self._now = first_motion(truth, self._robot, self._site.tool(truth))
        self._verdict: str | None = None
        self._said: list[dict[str, object]] = []
        self._watch.begin(self._now)
        self._say(0)

    def update(self, truth: Truth) -> None:
        """Judge one control step; may change the words, the progress and the verdict."""
        if self._verdict is not None:
            return
        self._now = now = next_motion(self._now, truth, self._robot, self._site.tool(truth))
        failure = self._watch.update(now)
        following = self._current + 1
        if following < len(self._instructions) and self._instructions[following].when.due(
            now, self._objective.progress
        ):
            self._say(following)
        self._verdict = failure or self._judge(now)

    @property
    def words(self) -> str:
        """The goal in words, as it stands now."""
        return self._instructions[self._current].words

    @property
    def plan(self) -> Plan:
        """How the goal as it stands now is done: for privileged agents."""
        return self._objective.plan

    @property
    def progress(self) -> float:
        """How much of the goal as it stands now is done, 0..1; 1 exactly on success."""
        return 1.0 if self._verdict == SUCCESS else min(self._objective.progress, 0.99)

    @property
    def verdict(self) -> str | None:
        """None while the trial runs, ``success``, or the reason of the failure."""
        return self._verdict

    def metrics(self) -> Mapping[str, float]:
        """Return the measures named in the class."""
        objective = self._objective
        way = max(objective.spent, objective.optimal)
        efficiency = objective.optimal / way if way > 0.0 else 1.0
        shortest = "shortest_path" if objective.unit == "distance" else f"shortest_{objective.unit}"
        measures = {
            **self._watch.metrics(),
            **objective.stages,
            shortest: objective.optimal,
            f"{objective.unit}_to_goal": objective.remaining,
            "spl": efficiency if self._verdict == SUCCESS else 0.0,
            "soft_spl": self.progress * efficiency,
        }
        if self._verdict == SUCCESS:
            measures["time_to_success"] = self._now.time
        return {name: round(value, 6) for name, value in measures.items()}

    def script(self) -> list[dict[str, object]]:
        """Return what was said and when [s since the trial began]."""
        return list(self._said)

    @property
    def _objective(self) -> Objective:
        return self._instructions[self._current].objective

    def _say(self, index: int) -> None:
        self._current = index
        instruction = self._instructions[index]
        instruction.objective.begin(self._now)
        for rule in instruction.rules:
            rule.begin(self._now)
        self._said.append({"time": round(self._now.time, 6), "words": instruction.words})

    def _judge(self, now: Motion) -> str | None:
        for rule in self._instructions[self._current].rules:
            if (reason := rule.broken(now)) is not None:
                return reason
        result = self._objective.update(now)
        last = self._current == len(self._instructions) - 1
        if result is not None and (last or result != SUCCESS):
            return result
        return "timeout" if now.time >= self.time_limit - 1e-6 else None
