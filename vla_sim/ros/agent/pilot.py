"""What the inference thread does with a batch: decide, send the command, then say why."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from vla_sim.engines.engine import Command
from vla_sim.explanation import ExplainingAgent, Explanation
from vla_sim.ros.agent.diagnostics import Figures
from vla_sim.ros.agent.gate import CommandGate
from vla_sim.ros.agent.watchdog import TELLING, Watchdog
from vla_sim.ros.agent.worker import Job
from vla_sim.ros.loop import AgentLoop, Decision
from vla_sim.ros.readings import SECOND
from vla_sim.ros.robot import RobotSpec
from vla_sim.sensing.reading import Reading


class Audience(Protocol):
    """Hears what was done and why, in the inference thread."""

    def decided(self, decision: Decision, state: str) -> None:
        """Hear of a command that was sent, and how the robot does: ``driving``, ``held``, ..."""
        ...

    def explained(self, stamp: int, words: str, explanation: Explanation, picture: Reading | None) -> None:
        """Hear why, with the newest picture that the agent saw."""
        ...

    def failed(self, error: str) -> None:
        """Hear that the agent raised."""
        ...


class Pilot:
    """Takes an agent from batch to batch. All but ``halted`` and the rate is called in one thread.

    Args:
        loop: the agent.
        gate: where commands go.
        watchdog: is fed with decisions on what was sensed.
        figures: where times and counts go.
        clock: returns the node's time [ns].
        audience: who hears of it.
    """

    def __init__(
        self,
        loop: AgentLoop,
        robot: RobotSpec,
        gate: CommandGate,
        watchdog: Watchdog,
        figures: Figures,
        clock: Callable[[], int],
        audience: Audience,
    ):
        self.loop = loop
        self._gate, self._watchdog, self._figures = gate, watchdog, figures
        self._clock, self._audience = clock, audience
        self._telling = {name for name, stream in robot.streams.items() if stream.modality in TELLING}
        self._cameras = sorted(name for name, stream in robot.streams.items() if stream.modality == "rgb")[:1]
        self.attention_rate = 0.0
        """Explanations a second [Hz]; 0 for none."""
        self._halted = False
        self._picture: Reading | None = None
        self._explained: float | None = None

    def halted(self) -> None:
        """Take note that the robot was told to stand, whatever the agent wanted last."""
        self._halted = True

    def reset(self, seed: int) -> None:
        """Forget what was sensed."""
        self._picture = self._explained = None
        self._halted = False
        try:
            self.loop.reset(seed)
        except Exception as error:
            self._audience.failed(f"{type(error).__name__}: {error}")

    def decide(self, job: Job) -> None:
        """Decide on a batch and send the command, unless the gate is closed by then; then explain."""
        begun = time.perf_counter()
        decision = self._decision(job)
        took = time.perf_counter() - begun
        live = any(reading.sensor in self._telling for reading in job.batch.readings)
        decision, state = self._watched(decision, job, live)
        if not self._gate.send(decision.command, job.stamp, job.generation):
            return
        seen = [reading for reading in job.batch.readings if reading.sensor in self._cameras]
        self._picture = seen[-1] if seen else self._picture
        latency = None
        if seen:
            taken = job.stamp - round((job.batch.time - seen[-1].stamp) * SECOND)
            latency = (self._clock() - taken) / SECOND
        self._figures.decided(took, latency, job.batch.skipped, decision.certainty)
        self._audience.decided(decision, state)
        self._explain(decision, job)

    def _decision(self, job: Job) -> Decision:
        """Return what the agent decides; one that raises is held."""
        try:
            if self._halted:
                self._halted = False
                self.loop.hold()
            decision = self.loop.decide(job.batch, job.words)
            if not (math.isfinite(decision.command.linear) and math.isfinite(decision.command.angular)):
                raise ValueError(f"its action is no speeds: {decision.command}")
            return decision
        except Exception as error:
            text = f"{type(error).__name__}: {' '.join(str(error).split())}"
            self._figures.failed()
            self._audience.failed(text)
            still = Command()
            return Decision(
                job.batch.time, still, still, job.words, job.batch.missing, job.batch.skipped, held=f"failed: {text}"
            )

    def _watched(self, decision: Decision, job: Job, live: bool) -> tuple[Decision, str]:
        """Return a decision, held where it comes too late or nothing was sensed for too long; and the state."""
        limit, late = self._watchdog.limit, (self._clock() - job.stamp) / SECOND
        reason = f"decided {late:.2f} s late" if late > limit else ""
        if not reason:
            reason = self._watchdog.note(job.stamp, time.monotonic(), sensed=live)
        if reason:
            self.loop.hold()
            return replace(decision, command=Command(), held=decision.held or reason), "watchdog"
        if not job.words.strip():
            return decision, "waiting"
        return decision, "held" if decision.held else "driving"

    def _explain(self, decision: Decision, job: Job) -> None:
        rate, agent, now = self.attention_rate, self.loop.agent, job.batch.time
        due = rate > 0.0 and (self._explained is None or now - self._explained >= 1.0 / rate - 1e-9)
        # An agent that was not asked, or failed, has nothing to explain.
        if not due or not decision.words.strip() or decision.held.startswith("failed"):
            return
        if not isinstance(agent, ExplainingAgent):
            return
        self._explained = now
        try:
            explanation = agent.explain()
        except Exception as error:
            self._audience.failed(f"explain: {type(error).__name__}: {error}")
            return
        self._audience.explained(job.stamp, decision.words, explanation, self._picture)
