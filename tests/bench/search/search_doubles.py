"""An agent whose success probability is known: what a search should find can be worked out."""

import math
from dataclasses import dataclass, field

from bench_doubles import LineEnv, make_plan

from vla_sim.bench.plan import Plan
from vla_sim.bench.schema import Search
from vla_sim.bench.search.plan import SearchPlan
from vla_sim.bench.search.space import Piece, total_severity
from vla_sim.seeding import generator

KINDS = ("blackout", "gaussian_noise", "occlusion", "latency", "frame_drop", "dirt", "freeze", "blur")


def search_plan(kinds=6, seed=0, cells=1, agent="bench_doubles:Walker", errors=0.0, **search) -> SearchPlan:
    """Return a plan to search the first kinds on a camera."""
    plan = make_plan(agent=agent, cells=cells, arms={"clean": ()})
    faults = [{"target": "camera", "kind": kind} for kind in KINDS[:kinds]]
    block = Search.model_validate({"faults": faults, "onsets": (0.0, 2.0, 4.0), **search})
    shared = {name: getattr(plan, name) for name in Plan.model_fields}
    return SearchPlan(
        **{**shared, "seed": seed, "max_error_share": errors}, search=block, streams={"camera": "rgb"}, optuna="any"
    )


@dataclass
class Responder:
    """Succeeds with a probability that falls where a fault's severity comes to its knee.

    Where it is at its knee half of the success is lost; an agent with a knee above one bears the fault at its worst.
    The harms ``(severity / knee) ** steepness`` of faults that act together add up.
    """

    knees: dict[tuple[str, float], float]
    """The knee of each kind and onset."""
    clean: float = 0.97
    steepness: float = 12.0
    redundant: dict[tuple[str, str], float] = field(default_factory=dict)
    """The knee of two kinds that do harm only where both are there, as sensors that stand in for each other."""
    shortest: dict[str, float] = field(default_factory=dict)
    """By kind, the duration [s] under which a fault does no harm."""
    ran: int = 0

    def rate(self, faults) -> float:
        there = {
            fault.kind: fault
            for fault in faults
            if (math.inf if fault.duration is None else fault.duration) >= self.shortest.get(fault.kind, 0.0)
        }
        harms = [fault.strength / self.knees[fault.kind, fault.onset] for fault in there.values()]
        harms += [
            min(there[one].strength, there[other].strength) / knee
            for (one, other), knee in self.redundant.items()
            if one in there and other in there
        ]
        return self.clean * 2.0 ** -sum(harm**self.steepness for harm in harms)

    def run(self, trials):
        for trial in trials:
            self.ran += 1
            # On the same seed every arm draws the same number, as twins in the simulator do.
            yield bool(generator(trial.seed, "responder").random() < self.rate(trial.faults))


def random_responder(plan, seed, low=0.15, high=1.6, **changes) -> Responder:
    """Return a responder with a knee drawn for each kind and onset."""
    rng = generator(seed, "knees")
    pairs = [(fault.kind, onset) for fault in plan.search.faults for onset in plan.search.onsets]
    return Responder({pair: float(rng.uniform(low, high)) for pair in pairs}, **changes)


def grid_rates(plan, responder):
    """Return the total severity and the true success rate of every single fault of the grid."""
    space = plan.space
    combinations = [
        (Piece(fault, severity, onset),)
        for fault in range(len(plan.search.faults))
        for severity in space.severities
        for onset in range(len(plan.search.onsets))
    ]
    return [(total_severity(one), responder.rate(space.specs(one))) for one in combinations]


class GradedEnv(LineEnv):
    """A line on which every seed can be done; faults of the camera blind from severity one half on.

    Whoever is blind from the start succeeds on one seed of four.
    """

    def reset(self, *, seed, options):
        blinding = [fault for fault in options["faults"] if fault.strength >= 0.5]
        observation = super().reset(seed=seed, options={**options, "faults": blinding})
        self._x /= 2.4
        return observation
