"""What a relay does now, for a topic that tells late-comers too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vla_sim.faults.injector import Injector
from vla_sim.ros.readings import SECOND
from vla_sim.ros.relay.plan import RelayPlan


def status_of(
    plan: RelayPlan,
    injectors: Iterable[tuple[str, Injector | None]],
    schedule: Injector,
    now: float,
    malformed: Mapping[str, int],
    armed: bool,
    epoch: int,
    why: str,
) -> dict[str, Any]:
    """Return it as a mapping for JSON, in which little changes from message to message.

    Args:
        plan: the faults.
        injectors: each stream's at work.
        schedule: says which faults are on.
        now: seconds since the schedules began.
        malformed: of each topic, messages that no fault could be put on.
        armed: whether any fault acts.
        epoch: when the schedules began [ns].
        why: what has changed this last.
    """
    applied = {
        f"{name}:{entry['kind']}"
        for name, injector in injectors
        for entry in (injector.report() if injector is not None else ())
        if entry["target"] == name and entry["status"] == "applied"
    }
    return {
        "armed": armed,
        "why": why,
        "time_zero": epoch / SECOND if armed else None,
        "seed": plan.seed,
        "requested": [str(fault) for fault in plan.faults],
        "applied": sorted(applied),
        "unsupported": schedule.unsupported(),
        "active": schedule.active(now) if armed else [],
        "malformed": {topic: count for topic, count in malformed.items() if count},
    }
