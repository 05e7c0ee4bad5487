"""An agent whose success probability is known: what a search should find can be worked out."""

import math
from dataclasses import dataclass, field

from bench_doubles import make_plan

from vla_sim.bench.plan import Plan
from vla_sim.bench.schema import Search
from vla_sim.bench.search.plan import SearchPlan
from vla_sim.bench.search.space import Piece
from vla_sim.seeding import generator

KINDS = ("blackout", "gaussian_noise", "occlusion", "latency", "frame_drop", "dirt", "freeze", "blur")


def search_plan(kinds=6, seed=0, cells=1, **search) -> SearchPlan:
    plan = make_plan(cells=cells, arms={"clean": ()})
    block = Search.model_validate(
        {"faults": [{"target": "camera", "kind": kind} for kind in KINDS[:kinds]], "onsets": (0.0, 2.0, 4.0), **search}
    )
    shared = {name: getattr(plan, name) for name in Plan.model_fields}
    return SearchPlan(**{**shared, "seed": seed}, search=block, streams={"camera": "rgb"})


@dataclass
class Responder:
    """Succeeds with a probability that falls steeply where a fault's severity comes to its knee.

    ``knees`` has the severity of each fault and onset (by its seconds) at which half of the success is lost; above one
    the agent bears the fault at its worst. Faults that act together add up: ``sum((severity / knee) ** steepness)``.
    """

    knees: dict[tuple[str, float], float]
    clean: float = 0.97
    steepness: float = 12
    shortest: dict[str, float] = field(default_factory=dict)
    """By kind, the duration under which a fault does no harm."""
    ran: int = 0

    def rate(self, faults) -> float:
        harm = sum(
            (fault.strength / self.knees[fault.kind, fault.onset]) ** self.steepness
            for fault in faults
            if (fault.duration or math.inf) >= self.shortest.get(fault.kind, 0.0)
        )
        return self.clean * 2.0**-harm

    def run(self, trials):
        for trial in trials:
            self.ran += 1
            # On the same seed every arm draws the same number, as twins in the simulator do.
            yield bool(generator(trial.seed, "responder").random() < self.rate(trial.faults))


def random_responder(plan, seed, low=0.15, high=1.6) -> Responder:
    rng = generator(seed, "knees")
    return Responder(
        {
            (fault.kind, onset): float(rng.uniform(low, high))
            for fault in plan.search.faults
            for onset in plan.search.onsets
        }
    )


def grid_rates(plan, responder):
    """Return the true success rate of every single fault of the grid."""
    space = plan.space
    pieces = [
        (Piece(fault, severity, onset),)
        for fault in range(len(plan.search.faults))
        for severity in space.severities
        for onset in range(len(plan.search.onsets))
    ]
    return {combination: responder.rate(space.specs(combination)) for combination in pieces}
