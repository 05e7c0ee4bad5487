from __future__ import annotations

from vla_sim.ros.agent.watchdog import Watchdog

SECOND = 1_000_000_000
LIMIT = 0.5


def started(simulated=False):
    watchdog = Watchdog(LIMIT, simulated=simulated)
    watchdog.restart(10 * SECOND, 0.0)
    return watchdog


def at(seconds):
    return round((10 + seconds) * SECOND)


def test_on_a_robots_own_clock_a_decision_on_what_was_sensed_must_come_in_time():
    watchdog = started()
    assert watchdog.check(at(0.5), 0.5, 0.5, None) == ""
    assert watchdog.check(at(0.51), 0.51, 0.51, None) == "no decision on anything that was sensed for 0.5 s"
    assert watchdog.reason
    assert watchdog.note(at(0.6), 0.6, sensed=True) == ""
    assert watchdog.check(at(0.61), 0.61, 0.61, None) == watchdog.reason == ""
    assert watchdog.trips == 1


def test_a_decision_on_nothing_does_not_count():
    watchdog = started()
    assert watchdog.note(at(0.4), 0.4, sensed=False) == ""
    assert watchdog.check(at(0.6), 0.6, 0.6, None)
    assert watchdog.note(at(0.6), 0.6, sensed=False) == "nothing was sensed for 0.5 s"
    assert watchdog.trips == 1


def test_in_a_simulation_it_is_the_decisions_that_tell_so_that_it_does_not_answer_in_their_place():
    watchdog = started(simulated=True)
    for tenth in range(1, 20):
        assert watchdog.check(at(tenth / 10), tenth / 10, tenth / 10, None) == ""
        assert bool(watchdog.note(at(tenth / 10), tenth / 10, sensed=False)) == (tenth > 5)
    assert watchdog.reason == "nothing was sensed for 0.5 s"
    assert watchdog.check(at(2.5), 2.5, 2.5, None) == "no decision on anything that was sensed for 0.5 s"
    assert watchdog.trips == 1


def test_a_clock_that_stands_still_with_nothing_coming_in():
    watchdog = started(simulated=True)
    assert watchdog.check(at(0.0), 0.4, 0.0, None) == ""
    assert watchdog.check(at(0.0), 0.6, 0.3, None) == "", "something came in"
    assert "the clock stands still" in watchdog.check(at(0.0), 0.9, 0.3, None)
    assert watchdog.check(at(0.0), 1.0, 0.99, None) == ""


def test_an_agent_may_think_while_the_clock_stands_still_but_not_for_ever():
    watchdog = started(simulated=True)
    assert watchdog.check(at(0.0), 1.9, 0.0, 0.0) == ""
    assert watchdog.check(at(0.0), 2.1, 0.0, 0.0) == "the agent has not answered for 2 s"


def test_a_jump_of_time_begins_anew():
    watchdog = started()
    watchdog.check(at(9.0), 9.0, 9.0, None)
    watchdog.restart(1, 9.0)
    assert watchdog.reason == ""
    assert watchdog.check(1, 9.1, 9.0, None) == ""
