"""A Ray cluster gives what worker processes give, also when workers and machines die under it."""

import functools
import os
import threading
from pathlib import Path

import pytest
from cluster_doubles import Doubler

from vla_sim.bench.cluster import RayPool
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.ledger import open_ledger
from vla_sim.bench.pool import Lost, Raised, Skipped, run_items
from vla_sim.bench.runner import run_plan
from vla_sim.bench.workforce import RunOptions, checked
from vla_sim.errors import InputError, NotReadyError
from vla_sim.report.folder import write_reports

pytestmark = pytest.mark.slow
REPORTS = ("trials.jsonl", "summary.json", "junit.xml", "report.html")
SUITE = """\
name: small
seed: 3
scenarios:
  - {world: arena, task: [go_to_object, turn_by_angle], trials: 6, arms: {dark: {target: camera, kind: blackout}}}
"""


@pytest.fixture(scope="module")
def cluster():
    """Two machines of one processor each, as processes."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    here = str(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    os.environ["RAY_ADDRESS"] = made.address
    yield made
    del os.environ["RAY_ADDRESS"]
    made.shutdown()


def ran(items, start, jobs=2, timeout=None, skip=lambda item: False):
    with RayPool(start, jobs, timeout) as pool:
        return list(pool.run(items, skip))


def test_answers_come_in_the_order_of_the_items(cluster):
    items = [3, 1, "raise", 2, *range(10)]
    answers = ran(items, Doubler)
    local = list(run_items(items, Doubler, 2))
    assert [each.error if isinstance(each, Raised) else each for each in answers] == [
        each.error if isinstance(each, Raised) else each for each in local
    ]


def test_what_need_not_be_done_is_skipped(cluster):
    assert ran([1, 2, 3], Doubler, skip=lambda item: item == 2) == [2, Skipped(), 6]


def test_the_item_of_a_worker_that_died_goes_to_another(cluster, tmp_path):
    assert ran([1, "die once", 2], functools.partial(Doubler, tmp_path)) == [2, "die oncedie once", 4]


def test_what_kills_every_worker_is_lost_alone(cluster):
    first, lost, last = ran([1, "die", 2], Doubler)
    assert (first, last) == (2, 4)
    assert lost == Lost("the worker process died 3 times over it")


def test_a_worker_that_hangs_is_stopped(cluster):
    first, lost, last = ran([1, "hang", 2], Doubler, timeout=5.0)
    assert (first, last) == (2, 4)
    assert lost == Lost("stalled: no answer within 5 s of wall time")


def run_suite(folder, file, options, during=lambda record: None):
    plan = load_plan(file, Overrides(agent="expert"))
    with open_ledger(folder, plan) as ledger:
        run_plan(plan, ledger, folder, options, during)
    write_reports(folder)
    tracks = sorted(path.relative_to(folder) for path in folder.glob("trials/**/*.json"))
    return {str(name): (folder / name).read_bytes() for name in (*REPORTS, *tracks)}


def test_a_suite_gives_the_same_bytes_even_if_a_machine_goes(cluster, tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(SUITE)
    local = run_suite(tmp_path / "local", file, RunOptions(jobs=2))
    gone = cluster.add_node(num_cpus=1)
    count = []

    def lose_a_machine(record):
        count.append(record)
        if len(count) == 3:
            threading.Thread(target=cluster.remove_node, args=(gone, False)).start()

    assert run_suite(tmp_path / "ray", file, RunOptions(jobs=3, executor="ray"), lose_a_machine) == local
    assert len(count) == 24


def test_a_cluster_that_is_not_there_is_said_and_bars_no_other(cluster):
    with pytest.raises(InputError, match=r"no Ray cluster answers at ray://127.0.0.1:9"):
        RayPool(Doubler, 1, executor="ray://127.0.0.1:9")
    assert ran([1, 2], Doubler) == [2, 4]


def test_executors(monkeypatch):
    assert [checked(name) for name in ("local", "ray", "ray://a:1")] == ["local", "ray", "ray://a:1"]
    with pytest.raises(InputError, match="no executor 'slurm'; use local, ray"):
        checked("slurm")
    monkeypatch.setattr("vla_sim.bench.workforce.importlib.util.find_spec", lambda name: None)
    with pytest.raises(NotReadyError, match=r"pip install 'vla-sim\[scale\]'"):
        checked("ray")
