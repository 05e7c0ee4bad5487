"""Removals are recognised as such, and a sensor that decides the outcome shows as a drop."""

import pytest
from bench_doubles import BLACKOUT, make_plan
from test_summary import records

from vla_sim.bench.expand import Overrides
from vla_sim.bench.reliance import reliance_plan, removal
from vla_sim.bench.summary import summarise
from vla_sim.errors import InputError

ARMS = {"clean": (), "without-camera": (removal("camera"),), "without-goal": (removal("goal"),)}


def test_what_decides_the_outcome_shows_as_a_drop():
    plan = make_plan(trials=8, cells=1, arms=ARMS)
    found = summarise(plan, records(plan, "sfs" * 8))["reliance"]
    assert set(found) == {"all", "walk0"}
    assert found["all"]["clean"] == 1.0
    camera, goal = found["all"]["removed"]["camera"], found["all"]["removed"]["goal"]
    assert (camera["success"], camera["drop"], camera["pairs"]) == (0.0, 1.0, 8)
    assert camera["p_holm"] == pytest.approx(2 * 2 / 2**8, abs=1e-6), "McNemar's 2 / 2^8, the smaller of two"
    assert 0.0 < camera["drop_interval"][0] <= camera["drop_interval"][1] <= 1.0
    assert (goal["success"], goal["drop"]) == (1.0, 0.0)


@pytest.mark.parametrize("arms", [{"clean": ()}, {"clean": (), "blackout": (BLACKOUT,)}, {**ARMS, "dark": (BLACKOUT,)}])
def test_other_runs_say_nothing_of_reliance(arms):
    plan = make_plan(trials=1, cells=1, arms=arms)
    assert summarise(plan, records(plan, "s" * len(arms)))["reliance"] is None


def test_the_plan_removes_every_stream_of_the_robot_and_the_words():
    plan = reliance_plan(["arena"], ["go_to_object"], Overrides(trials=2))
    (cell,) = plan.cells
    targets = [faults[0].target for arm, faults in cell.arms.items() if arm != "clean"]
    assert {"camera", "lidar", "imu", "goal"} <= set(targets)
    assert len(set(targets)) == len(targets) == len(cell.arms) - 1
    assert all(len(faults) == 1 and faults[0].severity == 1.0 for arm, faults in cell.arms.items() if arm != "clean")


@pytest.mark.parametrize(("world", "task"), [("arenna", "go_to_object"), ("arena", "go_to_objekt")])
def test_names_that_are_wrong_are_told(world, task):
    with pytest.raises(InputError, match="did you mean"):
        reliance_plan([world], [task], Overrides())
