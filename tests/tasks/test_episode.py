from __future__ import annotations

from typing import Any

import pytest

from vla_sim.geometry import Pose
from vla_sim.tasks.candidates import approach
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Geodesic
from vla_sim.tasks.objective import Halt, Reach
from vla_sim.tasks.region import cells_of
from vla_sim.tasks.rules import KeepMoving
from vla_sim.tasks.script import At, ComingNear, Halfway, Instruction, Trigger
from vla_sim.tasks.site import Site
from vla_sim.tasks.watch import CONTACT_LIMIT

RED, BLUE = "red_cube", "blue_ball"
MODELS = {RED: (3.0, 2.0), BLUE: (3.0, -2.0)}
START = (1.0, 0.0, 0.0)
AT_RED = (3.0, 1.32, 0.0)
AT_BLUE = (3.0, -1.32, 0.0)


def episode(site: Site, when: Trigger | None = None, halt: bool = False) -> ScriptedEpisode:
    placements: dict[str, Pose | None] = dict.fromkeys(site.objects)
    placements |= {model: Pose.planar(*point) for model, point in MODELS.items()}
    nav = site.nav_map(placements)
    goals = {model: approach(site, model, (RED, BLUE)) for model in MODELS}

    def objective(model: str) -> Reach:
        field = nav.field(cells_of(goals[model].region, nav.grid, MODELS.__getitem__))
        return Reach(goals[model], list(goals.values()), Geodesic(field))

    script = [Instruction("go to red", objective(RED), rules=(KeepMoving(0.5),) if halt else ())]
    if when is not None:
        script.append(Instruction("stop" if halt else "no, blue", Halt() if halt else objective(BLUE), when))
    return ScriptedEpisode(site, placements, script, list(goals.values()), time_limit=20.0, chance=0.5)


def play(trial: ScriptedEpisode, track: Any, poses: Any) -> str | None:
    truths = track.truths(poses)
    trial.begin(next(truths))
    for truth in truths:
        trial.update(truth)
    return trial.verdict


def test_success_and_its_measures(site: Site, track: Any, move: Any, stand: Any) -> None:
    trial = episode(site)
    way = move(START, AT_RED)
    assert play(trial, track(MODELS), way + stand(3.0, AT_RED)) == "success"
    metrics = trial.metrics()
    assert trial.progress == 1.0
    assert metrics["path_length"] == pytest.approx(2.4, abs=0.01)
    assert metrics["shortest_path"] == pytest.approx(2.0, abs=0.17)
    assert metrics["spl"] == pytest.approx(metrics["soft_spl"])
    assert 0.85 < metrics["spl"] <= 1.0
    assert metrics["time_to_success"] == pytest.approx(0.1 * (len(way) - 1) + 1.0, abs=0.11)
    assert metrics["clearance"] == pytest.approx(0.2, abs=0.02)
    assert metrics["collisions"] == 0
    assert trial.script() == [{"time": 0.0, "words": "go to red"}]


def test_nothing_is_judged_after_the_verdict(site: Site, track: Any, move: Any, stand: Any) -> None:
    trial = episode(site)
    play(trial, track(MODELS), move(START, AT_BLUE) + stand(1.5, AT_BLUE) + move(AT_BLUE, AT_RED) + stand(3.0, AT_RED))
    assert trial.verdict == "wrong_object"
    assert trial.progress < 1.0


def test_detour_costs_spl(site: Site, track: Any, move: Any, stand: Any) -> None:
    trial = episode(site)
    play(trial, track(MODELS), move(START, (1.0, -2.0, 0.0), START, AT_RED) + stand(1.5, AT_RED))
    assert trial.metrics()["spl"] == pytest.approx(2.08 / 6.4, abs=0.01)


def test_timeout(site: Site, track: Any, stand: Any) -> None:
    trial = episode(site)
    assert play(trial, track(MODELS), stand(25.0, START)) == "timeout"
    assert trial.progress == 0.0
    assert trial.metrics()["spl"] == 0.0
    assert "time_to_success" not in trial.metrics()


def test_touching_is_counted_and_pushing_fails(site: Site, track: Any, stand: Any) -> None:
    trial = episode(site)
    pushing = track(MODELS, frozenset({"north"}))
    assert play(trial, pushing, stand(CONTACT_LIMIT, START)) is None
    assert trial.metrics()["collisions"] == 1
    assert play(trial, pushing, stand(CONTACT_LIMIT + 0.3, START)) == "collision"


def test_ground_is_no_obstacle(site: Site, track: Any, stand: Any) -> None:
    trial = episode(site)
    assert play(trial, track(MODELS, frozenset({"ground"})), stand(10.0, START)) is None
    assert trial.metrics()["collisions"] == 0


def test_contacts_apart_are_collisions_apart(site: Site, track: Any, stand: Any) -> None:
    trial = episode(site)
    poses = stand(6.0, START)
    touched = list(track(MODELS, frozenset({"north"})).truths(poses))
    untouched = list(track(MODELS).truths(poses))
    trial.begin(untouched[0])
    for index in range(1, len(poses)):
        trial.update((touched if index in (5, 7, 30) else untouched)[index])
    assert trial.metrics()["collisions"] == 2
    assert trial.metrics()["contact_time"] == pytest.approx(0.3)


def test_words_change_at_a_time(site: Site, track: Any, move: Any, stand: Any) -> None:
    trial = episode(site, At(3.0))
    poses = move(START, (2.0, 0.5, 0.0)) + stand(2.0, (2.0, 0.5, 0.0)) + move((2.0, 0.5, 0.0), AT_BLUE)
    assert play(trial, track(MODELS), poses) is None
    assert trial.words == "no, blue"
    assert trial.script() == [{"time": 0.0, "words": "go to red"}, {"time": 3.0, "words": "no, blue"}]
    assert trial.plan == trial.alternatives[1].plan
    assert play(trial, track(MODELS), poses + stand(2.0, AT_BLUE)) == "success"


def test_words_change_on_coming_near(site: Site, track: Any, move: Any) -> None:
    trial = episode(site, ComingNear(site, RED, 0.8))
    play(trial, track(MODELS), move(START, (2.0, 0.3, 0.0)))
    assert trial.words == "go to red"
    play(trial, track(MODELS), move(START, (2.9, 1.0, 0.0)))
    assert trial.words == "no, blue"


def test_reaching_the_first_goal_is_no_success_while_another_is_to_come(
    site: Site, track: Any, move: Any, stand: Any
) -> None:
    assert play(episode(site, At(15.0)), track(MODELS), move(START, AT_RED) + stand(5.0, AT_RED)) is None


def test_spl_counts_from_the_last_instruction(site: Site, track: Any, move: Any, stand: Any) -> None:
    trial = episode(site, At(6.0))
    wander = move(START, (2.5, 0.0, 0.0), START)
    assert play(trial, track(MODELS), wander + move(START, AT_BLUE) + stand(2.0, AT_BLUE)) == "success"
    assert trial.metrics()["path_length"] == pytest.approx(5.4, abs=0.01)
    assert trial.metrics()["spl"] == pytest.approx(2.08 / 2.4, abs=0.05)


def test_standing_still_from_the_start_cannot_pass_a_stop(site: Site, track: Any, move: Any, stand: Any) -> None:
    assert play(episode(site, Halfway(0.5), halt=True), track(MODELS), stand(25.0, START)) == "timeout"
    way = move(START, AT_RED)
    half = way[: len(way) * 6 // 10]
    assert play(episode(site, Halfway(0.5), halt=True), track(MODELS), half + stand(3.0, half[-1])) == "success"
    assert play(episode(site, Halfway(0.5), halt=True), track(MODELS), way) == "missed_stop"
    early = way[: len(way) // 3]
    assert play(episode(site, Halfway(0.5), halt=True), track(MODELS), early + stand(2, early[-1])) == "stopped_early"
