"""A search over real worker processes: the same bytes however many there are, and whenever it was killed."""

import contextlib

import pytest
from search_doubles import GradedEnv, search_plan

from vla_sim.bench.ledger import LOGS, TRACKS, TRIALS, open_ledger
from vla_sim.bench.search.hunt import hunt
from vla_sim.bench.search.prober import Prober
from vla_sim.bench.search.result import result_text, search_result
from vla_sim.bench.search.source import open_source
from vla_sim.bench.workforce import RunOptions
from vla_sim.errors import InputError


def plan_of(**changes):
    defaults = {"kinds": 2, "onsets": (0.0,), "threshold": 0.6, "trials": 30, "budget": 300, "finest": 0.2}
    return search_plan(**{**defaults, **changes})


def search(plan, folder, jobs=0, stop_after=None):
    """Search into a folder, or be killed after some trials; return the result's text."""

    def listener(record):
        if stop_after is not None and len(ledger.records) == stop_after:
            raise KeyboardInterrupt

    with open_ledger(folder, plan) as ledger, contextlib.ExitStack() as stack:
        source = stack.enter_context(open_source(plan, ledger, folder, RunOptions(jobs), listener, GradedEnv))
        prober = Prober(plan, source.run)
        return result_text(search_result(plan, prober, hunt(plan, prober)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "search"
    return search(plan_of(), folder), folder


def test_a_fault_that_blinds_from_level_three_is_found(whole):
    text, folder = whole
    assert '"status": "found"' in text
    assert '"level": 3' in text
    assert (folder / TRIALS).read_bytes().count(b"\n") == int(text.split('"total": ')[1].split(",")[0])


@pytest.mark.parametrize("jobs", [1, 3])
def test_workers_change_no_byte_and_leave_no_file_of_what_does_not_count(whole, tmp_path, jobs):
    text, folder = whole
    assert search(plan_of(), tmp_path / "run", jobs) == text
    assert (tmp_path / "run" / TRIALS).read_bytes() == (folder / TRIALS).read_bytes()
    assert files(tmp_path / "run") == files(folder)


def files(folder):
    return sorted(path.relative_to(folder) for kind in (TRACKS, LOGS) for path in folder.glob(f"{kind}/**/*.*"))


@pytest.mark.parametrize(("jobs", "stop_after"), [(0, 1), (0, 8), (0, 77), (2, 40)])
def test_a_search_that_was_killed_goes_on_to_the_same_bytes(whole, tmp_path, jobs, stop_after):
    text, folder = whole
    with pytest.raises(KeyboardInterrupt):
        search(plan_of(), tmp_path / "run", jobs, stop_after)
    with (tmp_path / "run" / TRIALS).open("ab") as file:
        file.write(b'{"id": "torn')
    assert search(plan_of(), tmp_path / "run", jobs) == text
    assert (tmp_path / "run" / TRIALS).read_bytes() == (folder / TRIALS).read_bytes()


def test_a_finished_search_runs_nothing_again(whole, tmp_path):
    text, folder = whole
    before = (folder / TRIALS).read_bytes()
    assert search(plan_of(), folder, stop_after=len(before)) == text
    assert (folder / TRIALS).read_bytes() == before


def test_another_search_is_not_continued(whole):
    _, folder = whole
    with pytest.raises(InputError, match="holds another run"):
        search(plan_of(threshold=0.7), folder)


def test_a_ledger_with_other_trials_is_refused(tmp_path):
    search(plan_of(), tmp_path)
    lines = (tmp_path / TRIALS).read_bytes().splitlines(keepends=True)
    (tmp_path / TRIALS).write_bytes(b"".join([lines[0], *lines[2:]]))
    with pytest.raises(InputError, match=r"stands where .* belongs; use --fresh"):
        search(plan_of(), tmp_path)


def test_an_agent_that_raises_makes_the_search_invalid(tmp_path):
    assert '"status": "errors"' in search(plan_of(agent="bench_doubles:Raises"), tmp_path)


def test_an_agent_that_cannot_be_loaded_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="cannot load agent"):
        search(plan_of(agent="bench_doubles:NeverLoads"), tmp_path)
