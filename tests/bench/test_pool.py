import os
import time

import pytest

from vla_sim.bench.pool import Lost, Pool, Raised, run_items
from vla_sim.errors import InputError


def start():
    """Give a worker that counts its items, and does as the item says."""
    seen = []

    def handle(item):
        seen.append(item)
        match item:
            case "pid":
                return os.getpid()
            case "raise":
                raise KeyError("x")
            case "bad":
                raise InputError("no such thing", field="agent")
            case "die":
                os._exit(7)
            case float():
                time.sleep(item)
        return item

    return handle


def start_dead():
    raise RuntimeError("cannot start")


@pytest.mark.parametrize("jobs", [0, 1, 3])
def test_answers_come_in_the_order_of_the_items(jobs):
    items = [0.2, 1, 2, 0.1, 3]
    assert list(run_items(items, start, jobs)) == items


def test_no_items_start_no_worker():
    assert list(run_items([], start_dead, 4)) == []


def test_a_worker_keeps_its_state_until_it_dies():
    first, second, lost, third = run_items(["pid", "pid", "die", "pid"], start, 1)
    assert first == second
    assert lost == Lost("the worker process died (exit code 7)")
    assert isinstance(third, int)
    assert third != first


@pytest.mark.parametrize("jobs", [0, 1])
def test_what_the_handler_raises_is_an_answer(jobs):
    plain, bad = run_items(["raise", "bad"], start, jobs)
    assert isinstance(plain, Raised)
    assert plain.error == "KeyError: 'x'"
    assert "in handle" in plain.trace
    assert (plain.bad_input, bad.bad_input) == (False, True)


def test_a_slow_item_is_given_up_and_the_rest_goes_on():
    assert list(run_items([1, 60.0, 2], start, 1, timeout=0.5)) == [
        1,
        Lost("stalled: no answer within 0.5 s of wall time"),
        2,
    ]


def test_a_worker_that_cannot_start_loses_each_item(capfd):
    assert list(run_items([1, 2], start_dead, 2)) == [Lost("the worker process died (exit code 1)")] * 2
    assert "cannot start" in capfd.readouterr().err


def test_leaving_early_leaves_no_process():
    import multiprocessing

    results = run_items(["pid", 60.0, 60.0], start, 2)
    assert isinstance(next(results), int)
    results.close()
    assert multiprocessing.active_children() == []


def test_a_pool_keeps_its_workers_from_one_list_to_the_next():
    with Pool(start, 2) as pool:
        first = set(pool.run(["pid"] * 6))
        assert set(pool.run(["pid"] * 6)) <= first
        assert len(first) <= 2


def test_a_pool_in_this_process_keeps_its_handler():
    starts = []

    def counted():
        starts.append(1)
        return start()

    with Pool(counted, 0) as pool:
        assert [*pool.run([1, 2]), *pool.run([3])] == [1, 2, 3]
    assert len(starts) == 1


def test_what_is_left_of_a_list_is_heard_of_by_no_later_one():
    with Pool(start, 2) as pool:
        early = pool.run([1, 0.3, 0.4, 5])
        assert next(early) == 1
        early.close()
        pool.settle()
        assert list(pool.run([6, 7, 8])) == [6, 7, 8]


def test_a_pool_replaces_a_worker_that_died_in_an_earlier_list():
    with Pool(start, 1) as pool:
        assert list(pool.run(["die"])) == [Lost("the worker process died (exit code 7)")]
        assert list(pool.run([1, 2])) == [1, 2]
