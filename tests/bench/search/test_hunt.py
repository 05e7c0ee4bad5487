"""Searches of agents whose success probability is known: what they find, and what that costs."""

import math

import pytest
from search_doubles import KINDS, Responder, grid_rates, random_responder, search_plan

from vla_sim.bench.search.hunt import hunt
from vla_sim.bench.search.prober import Prober
from vla_sim.bench.search.space import Piece, changed, total_severity
from vla_sim.faults.spec import FaultSpec
from vla_sim.seeding import generator

SEARCHES = 200


def searched(plan, responder):
    prober = Prober(plan, responder.run)
    found = hunt(plan, prober)
    assert prober.spent == responder.ran
    return found, prober


def is_right(plan, responder, found, margin):
    """Return whether what was found fails indeed, and nothing on the grid that fails by ``margin`` is milder."""
    failing = [severity for severity, rate in grid_rates(plan, responder) if rate < plan.search.threshold - margin]
    if found is None:
        return not failing
    fails = responder.rate(plan.space.specs(found.combination)) < plan.search.threshold
    return fails and total_severity(found.combination) <= min(failing, default=math.inf)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("threshold", "trials", "steepness", "margin"), [(0.5, 50, 12.0, 0.0), (0.8, 100, 12.0, 0.0), (0.5, 50, 6.0, 0.1)]
)
def test_the_mildest_failure_is_found_for_a_fifth_of_the_grid(threshold, trials, steepness, margin):
    # Where success falls steeply every search must find the truth. Where it falls gently many an arm is so near the
    # threshold that the grid's trials cannot tell either: what fails by less than ``margin`` may be missed.
    right = 0
    for seed in range(SEARCHES):
        plan = search_plan(seed=seed, threshold=threshold, trials=trials)
        responder = random_responder(plan, seed, steepness=steepness)
        result, prober = searched(plan, responder)
        right += is_right(plan, responder, result.found, margin)
        assert prober.spent <= plan.space.grid_trials / 5
    assert right / SEARCHES >= 0.9


@pytest.mark.slow
def test_sensors_that_stand_in_for_each_other_are_found_as_a_pair():
    right = 0
    for seed in range(SEARCHES // 4):
        plan = search_plan(seed=seed, threshold=0.5, together=2)
        rng = generator(seed, "pair")
        pair = tuple(sorted(int(place) for place in rng.choice(len(plan.search.faults), 2, replace=False)))
        redundant = {tuple(KINDS[place] for place in pair): float(rng.uniform(0.3, 0.9))}
        responder = random_responder(plan, seed, 2.0, 3.0, redundant=redundant)
        result, prober = searched(plan, responder)
        found = result.found.combination if result.found else ()
        right += tuple(piece.fault for piece in found) == pair and responder.rate(plan.space.specs(found)) < 0.5
        assert prober.spent <= plan.space.grid_trials / 5
    assert right / (SEARCHES // 4) >= 0.9


@pytest.mark.slow
def test_what_does_not_fail_is_hardly_ever_confirmed():
    # Every arm is exactly at the threshold, the hardest case: each confirmation is a wrong one.
    wrong = 0
    for seed in range(SEARCHES):
        plan = search_plan(kinds=4, seed=seed, threshold=0.5, budget=2000)
        prober = Prober(plan, Flat(clean=0.95, faulted=0.5).run)
        wrong += hunt(plan, prober).found is not None
    assert wrong / SEARCHES <= plan.search.alpha


class Flat:
    """Succeeds with one probability whatever fails."""

    def __init__(self, clean, faulted):
        self.clean, self.faulted = clean, faulted

    def run(self, trials):
        for trial in trials:
            rate = self.faulted if trial.faults else self.clean
            yield bool(generator(trial.seed, trial.arm).random() < rate)


def one_culprit(plan, knee=0.5, **changes):
    """Return a responder that bears everything but the second kind from the second onset on."""
    knees = {(fault.kind, onset): 3.0 for fault in plan.search.faults for onset in plan.search.onsets}
    for onset in plan.search.onsets[:2]:
        knees[KINDS[1], onset] = knee
    return Responder(knees, **changes)


def test_what_is_found_is_as_late_as_mild_and_as_short_as_can_be():
    plan = search_plan(threshold=0.5)
    result, _ = searched(plan, one_culprit(plan, shortest={KINDS[1]: 4.0}))
    assert result.status == "found"
    assert (result.exhaustive, result.smallest) == (True, True)
    # Half of the success is lost at a severity of 0.5: the grid has 0.6, steps of 0.05 have 0.5 and 0.55.
    (piece,) = result.found.combination
    assert (piece.fault, piece.onset, piece.duration) == (1, 1, 5.0)
    assert piece.severity in (0.5, 0.55)


def test_levels_stay_levels_if_nothing_finer_is_asked_for():
    plan = search_plan(threshold=0.5, finest=0.2, durations=())
    result, _ = searched(plan, one_culprit(plan))
    assert result.found.combination == (Piece(1, 0.6, 1),)


def test_nothing_fails():
    plan = search_plan(threshold=0.5)
    result, prober = searched(plan, random_responder(plan, 1, 2.0, 3.0))
    assert (result.status, result.exhaustive, result.found) == ("nothing_fails", True, None)
    assert {verdict.combination[0].severity for verdict in prober.verdicts[1:]} == {1.0}


def test_an_agent_that_fails_without_a_fault_ends_the_search():
    plan = search_plan(threshold=0.5)
    result, prober = searched(plan, one_culprit(plan, clean=0.1))
    assert result.status == "clean_fails"
    assert len(prober.verdicts) == 1


def test_a_budget_that_is_spent_is_said_and_not_overdrawn():
    plan = search_plan(threshold=0.5, budget=160)
    result, prober = searched(plan, random_responder(plan, 1, 1.2, 1.6))
    assert (result.status, result.exhaustive) == ("nothing_fails", False)
    assert prober.spent <= 160


def test_errors_end_the_search_where_none_is_allowed():
    plan = search_plan(threshold=0.5)

    def run(trials):
        for trial in trials:
            yield True if not trial.faults else None

    prober = Prober(plan, run)
    assert hunt(plan, prober).status == "errors"
    assert prober.errors == 1


def test_a_few_errors_are_left_out_where_they_are_allowed():
    plan = search_plan(threshold=0.5, errors=0.2)
    responder = one_culprit(plan)

    def run(trials):
        for trial, succeeded in zip(trials, responder.run(trials), strict=True):
            yield None if trial.index % 9 == 4 else succeeded

    prober = Prober(plan, run)
    result = hunt(plan, prober)
    assert result.status == "found"
    assert [piece.fault for piece in result.found.combination] == [1]
    assert (
        0
        < prober.errors
        < prober.spent
        == sum(one.trials for one in (*prober.verdicts, *result.confirmations)) + (prober.errors)
    )


def test_the_same_seed_asks_for_the_same_trials_and_another_for_others():
    def asked(seed):
        plan = search_plan(seed=seed, threshold=0.5, together=2)
        responder, trials = random_responder(plan, 7), []

        def run(wanted):
            for trial, succeeded in zip(wanted, responder.run(wanted), strict=True):
                trials.append((trial.id, trial.seed, trial.faults))
                yield succeeded

        hunt(plan, Prober(plan, run))
        return trials

    assert asked(1) == asked(1)
    assert asked(1) != asked(2)


def test_no_verdict_is_asked_for_that_follows_from_another():
    plan = search_plan(threshold=0.5, together=2)
    prober = Prober(plan, one_culprit(plan).run)
    failing = (Piece(1, 0.8, 0), Piece(2, 0.2, 0))
    assert prober.fails(failing)
    spent = prober.spent
    assert prober.fails((*changed(failing, 0, severity=1.0), Piece(3, 0.2, 0)))
    assert prober.spent == spent
    assert not prober.fails((Piece(1, 0.2, 0), Piece(2, 1.0, 0)))
    spent = prober.spent
    assert not prober.fails((Piece(2, 0.6, 0, 5.0),))
    assert prober.spent == spent


def test_what_is_refuted_gives_way_to_what_is_harsher_and_to_other_faults():
    plan = search_plan(threshold=0.5)
    prober = Prober(plan, Flat(clean=0.95, faulted=0.0).run)
    for combination in [(Piece(1, 0.4, 0, 1.0),), (Piece(1, 0.4, 0),), (Piece(1, 0.6, 0),), (Piece(2, 0.4, 0),)]:
        assert prober.probe(combination).fails
    prober.refute((Piece(1, 0.4, 0, 1.0),))
    assert {verdict.arm for verdict in prober.failing} == {"probe-001", "probe-002", "probe-003"}
    prober.refute((Piece(1, 0.4, 0),))
    assert {verdict.arm for verdict in prober.failing} == {"probe-002", "probe-003"}
    assert prober.known((Piece(1, 0.4, 0, 2.0),)) is False


def test_confirmations_are_on_seeds_that_no_verdict_has_seen():
    plan = search_plan(threshold=0.5, cells=3)
    seen = {trial.seed for trial in plan.probe("clean", ())}
    fresh = [trial.seed for attempt in (1, 2) for trial in plan.confirmation(attempt, ())]
    assert not seen & set(fresh)
    assert len(set(fresh)) == len(fresh)


def test_scenarios_are_drawn_alike_and_each_seed_is_shared_by_all_arms():
    plan = search_plan(threshold=0.5, cells=3, trials=600)
    one, other = plan.probe("clean", ()), plan.probe("probe-001", plan.space.specs((Piece(0, 0.4, 1),)))
    assert [trial.seed for trial in one] == [trial.seed for trial in other]
    names = [trial.cell.name for trial in one]
    # Each count is binomial(600, 1/3): 200 with a standard deviation of 11.5.
    assert all(150 < names.count(cell.name) < 250 for cell in plan.cells)
    assert names[:3] * 200 != names


SENSORS = [{"target": "camera", "kind": kind, "level": 4, "onset": float(place)} for place, kind in enumerate(KINDS)]


def whole_plan(**search):
    whole = tuple(FaultSpec.model_validate(fault) for fault in SENSORS)
    plan = search_plan(kinds=len(KINDS), onsets=tuple(fault.onset for fault in whole), threshold=0.5, **search)
    return plan.model_copy(update={"whole": whole})


@pytest.mark.parametrize("culprits", [(2,), (0, 5), (3, 7)])
def test_a_given_combination_is_made_as_small_as_can_be(culprits):
    plan = whole_plan(finest=0.2)
    knees = {(fault.kind, fault.onset): 3.0 for fault in plan.whole}
    kinds = tuple(KINDS[place] for place in culprits)
    if len(culprits) == 1:
        knees[kinds[0], float(culprits[0])] = 0.5
    responder = Responder(knees, redundant={kinds: 0.5} if len(culprits) == 2 else {}, shortest={kinds[0]: 4.0})
    result, prober = searched(plan, responder)
    assert (result.status, result.exhaustive, result.smallest) == ("found", True, True)
    first, *rest = result.found.combination
    assert first == Piece(culprits[0], 0.6, culprits[0], 5.0)
    assert rest == [Piece(place, 0.6, place, 1.0) for place in culprits[1:]]
    assert prober.spent <= plan.space.grid_trials / 5


def test_a_given_combination_that_does_not_fail_is_left_alone():
    plan = whole_plan()
    result, prober = searched(plan, Responder({(fault.kind, fault.onset): 3.0 for fault in plan.whole}))
    assert (result.status, len(prober.verdicts)) == ("nothing_fails", 2)
