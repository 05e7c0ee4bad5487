"""Objectives, rules and triggers on motions made up for them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from vla_sim.tasks.candidates import approach
from vla_sim.tasks.follow_wall import Followed, KeepBeside, Line
from vla_sim.tasks.goal import Advanced, Geodesic, Goal, Standing, Stretch, Turned, Turning
from vla_sim.tasks.objective import Halt, InOrder, Reach
from vla_sim.tasks.region import Between, Near, Within, cells_of
from vla_sim.tasks.rules import KeepAway, KeepLine, KeepMoving, KeepPlace
from vla_sim.tasks.script import At, ComingNear, Halfway
from vla_sim.tasks.semantics import Wall
from vla_sim.tasks.site import Site

RED, BLUE, PICTURE = "red_cube", "blue_ball", "red_cube_picture"
MODELS = {RED: (3.0, 2.0), BLUE: (3.0, -2.0)}
HULL = 0.28 + 0.2
"""Robot's radius and an object's."""
START = (1.0, 0.0, 0.0)
AT_RED = (3.0, 2.0 - HULL - 0.2, 0.0)
AT_BLUE = (3.0, -2.0 + HULL + 0.2, 0.0)


def geodesic(site: Site, goal: Goal) -> Geodesic:
    nav = site.nav_map(dict.fromkeys(site.objects))
    return Geodesic(nav.field(cells_of(goal.region, nav.grid, lambda model: MODELS[model])))


@pytest.fixture
def reach(site: Site) -> Reach:
    goals = [approach(site, model, (RED, BLUE)) for model in (RED, BLUE)]
    return Reach(goals[0], goals, geodesic(site, goals[0]))


def test_reach_wants_a_second_of_standing(reach: Reach, track: Any, move: Any, stand: Any) -> None:
    way = move(START, AT_RED)
    result, time = track(MODELS).judge(reach, way + stand(2.0, AT_RED))
    assert result == "success"
    assert time == pytest.approx(0.1 * (len(way) - 1) + 1.0, abs=0.11)
    assert reach.progress > 0.95


def test_passing_by_is_no_success(reach: Reach, track: Any, move: Any) -> None:
    assert track(MODELS).judge(reach, move(START, AT_RED, (3.0, 0.0, 0.0)))[0] is None


def test_short_stops_do_not_add_up(reach: Reach, track: Any, move: Any, stand: Any) -> None:
    nudged = (AT_RED[0], AT_RED[1] - 0.1, 0.0)
    hops = [pose for _ in range(4) for pose in (*stand(0.8, AT_RED), *move(AT_RED, nudged, AT_RED))]
    assert track(MODELS).judge(reach, move(START, AT_RED) + hops)[0] is None


def test_standing_at_another_candidate_fails(reach: Reach, track: Any, move: Any, stand: Any) -> None:
    assert track(MODELS).judge(reach, move(START, AT_BLUE) + stand(2.0, AT_BLUE))[0] == "wrong_object"


def test_short_stop_at_another_candidate_is_forgiven(reach: Reach, track: Any, move: Any, stand: Any) -> None:
    poses = move(START, AT_BLUE) + stand(0.8, AT_BLUE) + move(AT_BLUE, START, AT_RED) + stand(1.2, AT_RED)
    assert track(MODELS).judge(reach, poses)[0] == "success"


def test_standing_far_off_is_nothing(reach: Reach, track: Any, stand: Any) -> None:
    assert track(MODELS).judge(reach, stand(30.0, START))[0] is None
    assert reach.progress == 0.0


def test_progress_is_geodesic(reach: Reach, track: Any, move: Any) -> None:
    behind_the_wall = (-2.0, 2.0, 0.0)
    track(MODELS).judge(reach, [behind_the_wall, (-0.6, 2.0, 0.0)])
    through_the_door = move(behind_the_wall, (0.0, 0.0, 0.0))
    assert reach.optimal > math.dist(behind_the_wall[:2], (3.0, 1.2)) + 0.3
    track(MODELS).judge(reach, through_the_door)
    assert 0.3 < reach.progress < 0.6


def test_near_is_cut_off_by_walls(site: Site) -> None:
    beside_wall = {RED: (0.35, 2.0)}
    region = Near(site, RED, 0.0, 0.6)
    x, y = np.array([[-0.5, 1.0]]), np.array([[2.0, 2.0]])
    assert region.contains(x, y, beside_wall.__getitem__).tolist() == [[False, True]]


def test_near_belongs_to_the_nearest_candidate(site: Site) -> None:
    close = {RED: (2.0, 0.0), BLUE: (2.9, 0.0)}
    x, y = np.array([[2.5]]), np.array([[0.5]])
    held = {model: Near(site, model, -0.5, 0.5, (RED, BLUE)).contains(x, y, close.__getitem__) for model in close}
    assert not held[RED]
    assert held[BLUE]


def test_facing_is_part_of_stopping_in_front(site: Site, track: Any, stand: Any) -> None:
    place = (3.0 - HULL - 1.0, 2.0)
    goal = Goal("g", Standing(Near(site, RED, 0.8, 1.2), facing=RED), ())
    for yaw, result in ((0.0, "success"), (0.3, "success"), (0.5, None), (math.pi, None)):
        judge = Reach(goal, [goal], geodesic(site, goal))
        assert track(MODELS).judge(judge, stand(2.0, (*place, yaw)))[0] == result


def test_between_is_the_middle(site: Site, track: Any, stand: Any) -> None:
    goal = Goal("g", Standing(Between(RED, BLUE, 0.4)), ())
    for x, result in ((3.0, "success"), (3.35, "success"), (3.45, None)):
        judge = Reach(goal, [goal], geodesic(site, goal))
        assert track(MODELS).judge(judge, stand(2.0, (x, 0.0, 0.0)))[0] == result


def test_rooms_count_inside_their_edge(site: Site, track: Any, stand: Any) -> None:
    rooms = [Goal(name, Standing(Within(room.areas, 0.1)), (), "wrong_room") for name, room in site.rooms.items()]
    judge = Reach(rooms[0], rooms, geodesic(site, rooms[0]))
    assert track(MODELS).judge(judge, stand(2.0, (-2.0, 0.0, 0.0)))[0] == "success"
    assert track(MODELS).judge(judge, stand(2.0, (2.0, 1.0, 0.0)))[0] == "wrong_room"
    assert track(MODELS).judge(judge, stand(2.0, (2.0, 0.05, 0.0)))[0] is None


def turn_judge(angle: float) -> Reach:
    goals = {
        each: Goal(str(each), Turned(math.radians(each), math.radians(8)), (), "wrong_angle") for each in (90, -90, 180)
    }
    return Reach(goals[int(angle)], list(goals.values()), Turning(math.radians(angle)))


@pytest.mark.parametrize(
    ("turned", "result"), [(90, "success"), (97, "success"), (99, None), (-90, "wrong_angle"), (180, "wrong_angle")]
)
def test_turn(turned: float, result: str | None, track: Any, move: Any, stand: Any) -> None:
    end = (0.0, 0.0, math.radians(turned))
    assert track().judge(turn_judge(90), move((0.0, 0.0, 0.0), end) + stand(1.5, end))[0] == result


def test_turn_counts_past_half_turns(track: Any, move: Any, stand: Any) -> None:
    end = (0.0, 0.0, math.radians(-270))
    judge = turn_judge(90)
    assert track().judge(judge, move((0.0, 0.0, 0.0), end) + stand(1.5, end))[0] is None
    assert judge.spent == pytest.approx(math.radians(270))


def test_straight_distance(track: Any, move: Any, stand: Any) -> None:
    goals = [Goal(str(each), Advanced(0.5, each, 0.2), (), "wrong_distance") for each in (1.0, 1.5, 2.0)]
    for length, result in ((1.5, "success"), (1.65, "success"), (2.0, "wrong_distance"), (1.25, None)):
        end = (length * math.cos(0.5), length * math.sin(0.5), 0.5)
        judge = Reach(goals[1], goals, Stretch(0.5, 1.5))
        assert track().judge(judge, move((0.0, 0.0, 0.5), end) + stand(1.5, end))[0] == result


def test_in_order(site: Site, track: Any, move: Any, stand: Any) -> None:
    def judge() -> InOrder:
        goals = {model: approach(site, model, (RED, BLUE)) for model in (RED, BLUE)}
        parts = [
            Reach(goals[RED], list(goals.values()), geodesic(site, goals[RED])),
            Reach(goals[BLUE], [goals[BLUE]], geodesic(site, goals[BLUE])),
        ]
        return InOrder(parts, [2.6])

    to_red, to_blue = move(START, AT_RED), move(AT_RED, (2.0, 0.0, 0.0), AT_BLUE)
    right = judge()
    assert track(MODELS).judge(right, to_red + stand(3.0, AT_RED) + to_blue + stand(1.5, AT_BLUE))[0] == "success"
    assert right.progress == pytest.approx(1.0, abs=0.1)
    half = judge()
    assert track(MODELS).judge(half, to_red + stand(1.5, AT_RED))[0] is None
    assert 0.2 < half.progress < 0.6
    wrong = track(MODELS).judge(judge(), move(START, AT_BLUE) + stand(1.5, AT_BLUE))[0]
    assert wrong == "wrong_object"


def test_halt(track: Any, move: Any, stand: Any) -> None:
    def brake(seconds: float) -> list[tuple[float, float, float]]:
        way = move((0.0, 0.0, 0.0), (0.5 * seconds, 0.0, 0.0))
        return way + stand(4.0, way[-1])

    assert track().judge(Halt(), brake(0.7))[0] == "success"
    assert track().judge(Halt(), brake(1.4)) == ("missed_stop", pytest.approx(1.1))
    gone_again = brake(0.5)[:15] + move((0.25, 0.0, 0.0), (1.0, 0.0, 0.0))
    assert track().judge(Halt(), gone_again)[0] == "missed_stop"
    assert track().judge(Halt(), stand(5.0, START))[0] == "success"


def test_keep_away(site: Site, track: Any, move: Any) -> None:
    rule = KeepAway(site, RED, 0.5)
    assert track(MODELS).judge(rule, move((1.0, 2.0, 0.0), (3.0 - HULL - 0.55, 2.0, 0.0)))[0] is None
    assert track(MODELS).judge(rule, move((1.0, 2.0, 0.0), (3.0 - HULL - 0.45, 2.0, 0.0)))[0] == "too_close"


def test_keep_line(track: Any, move: Any) -> None:
    assert track().judge(KeepLine(0.0, 0.25), move(START, (3.0, 0.2, 0.0)))[0] is None
    assert track().judge(KeepLine(0.0, 0.25), move(START, (3.0, -0.3, 0.0)))[0] == "off_course"


def test_keep_place(track: Any, move: Any) -> None:
    assert track().judge(KeepPlace(0.35), move(START, (1.0, 0.0, 6.0)))[0] is None
    assert track().judge(KeepPlace(0.35), move(START, (1.4, 0.0, 0.0)))[0] == "off_course"


def test_keep_moving(track: Any, move: Any, stand: Any) -> None:
    under_way = move(START, (2.0, 0.0, 0.0))
    on = move((2.0, 0.0, 0.0), (3.0, 0.0, 0.0))
    assert track().judge(KeepMoving(0.3), stand(5.0, START) + under_way)[0] is None
    assert track().judge(KeepMoving(0.3), under_way + stand(0.2, under_way[-1]) + on)[0] is None
    assert track().judge(KeepMoving(0.3), under_way + stand(0.5, under_way[-1]) + on)[0] == "stopped_early"


EAST = Line.of(Wall(start=(5.0, -3.0), end=(5.0, 3.0)))


def wall_judge(direction: float) -> Reach:
    goals = [Goal(str(each), Followed(EAST, direction, each), (), "wrong_distance") for each in (1.0, 2.0, -1.0, -2.0)]
    return Reach(goals[1], goals, Stretch(direction, 2.0))


def test_follow_wall(track: Any, move: Any, stand: Any) -> None:
    start = (4.4, -2.0, 0.0)
    for end, result in (((4.4, 0.0), "success"), ((4.4, -1.0), "wrong_distance"), ((3.8, 0.0), None)):
        judge = wall_judge(math.pi / 2)
        assert track().judge(judge, move(start, (*end, 0.0)) + stand(1.5, (*end, 0.0)))[0] == result


def test_following_the_wrong_way_fails(track: Any, move: Any, stand: Any) -> None:
    start, end = (4.4, 1.0, 0.0), (4.4, -1.0, 0.0)
    assert track().judge(wall_judge(math.pi / 2), move(start, end) + stand(1.5, end))[0] == "wrong_distance"


def test_leaving_the_wall(track: Any, move: Any) -> None:
    bow = move((4.4, -2.0, 0.0), (4.4, -1.0, 0.0), (3.5, 0.0, 0.0), (3.5, 1.0, 0.0))
    assert track().judge(KeepBeside(EAST), bow)[0] == "off_course"
    short_bow = move((4.4, -2.0, 0.0), (4.4, -1.0, 0.0), (3.95, -0.9, 0.0), (4.4, -0.8, 0.0), (4.4, 1.0, 0.0))
    assert track().judge(KeepBeside(EAST), short_bow)[0] is None


def test_free_side_is_on_the_left_of_a_wall() -> None:
    assert EAST.away(np.array(4.0), np.array(0.0)) == pytest.approx(1.0)
    assert EAST.point(3.0, 0.5) == pytest.approx((4.5, 0.0))


def test_triggers(site: Site, track: Any, move: Any) -> None:
    motions = list(track(MODELS).motions(move((1.0, 2.0, 0.0), (3.0 - HULL - 0.2, 2.0, 0.0))))
    assert [At(1.0).due(motion, 0.0) for motion in motions].index(True) == 10
    first_near = [ComingNear(site, RED, 0.5).due(motion, 0.0) for motion in motions].index(True)
    assert motions[first_near].x == pytest.approx(3.0 - HULL - 0.5, abs=0.06)
    assert not Halfway(0.5).due(motions[0], 0.49)
    assert Halfway(0.5).due(motions[0], 0.5)
