"""How much faster two Ray nodes run a suite than one: nodes of one processor each, separate processes of this machine.

Each measurement is the whole of a run as ``vla-sim run --executor ray`` does it: a fresh ledger, workers that start
anew, trials, records that travel home. The nodes themselves are up before, as a cluster's are. One and two nodes take
turns, and the ratio is the median over the rounds of ratios within a round; ``same_ledger`` says whether every run
wrote the same bytes. The trials are the expert's, with all sensors, of a tenth of a second each, so that whatever is no
trial counts; with ``--suite`` and ``--agent`` they are those of a suite, as many of each arm as make up ``--trials``.

    python benchmarks/cluster.py --json
    python benchmarks/cluster.py --suite scenarios/rover_arena.yaml --agent classical --json
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import vla_sim
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.ledger import TRIALS, open_ledger
from vla_sim.bench.plan import Plan
from vla_sim.bench.runner import run_plan
from vla_sim.bench.workforce import RunOptions

SUITE = """\
name: benchmark
seed: 1
defaults: {{world: arena, trials: {trials}}}
scenarios:
  - {{name: near, task: [go_to_object, turn_by_angle], arms: {{lost: {{target: lidar, kind: dropout}}}}}}
"""
"""Two tasks in two arms: four times as many trials as an arm has."""


def cluster() -> Any:
    """Start a node of one processor; another can be added."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    os.environ["RAY_ADDRESS"] = made.address
    return made


def timed(plan: Plan, folder: Path, nodes: int) -> tuple[float, bytes]:
    """Run a plan with a worker on each node; return the seconds that took, and the ledger."""
    begin = time.perf_counter()
    with open_ledger(folder, plan) as ledger:
        run_plan(plan, ledger, folder, RunOptions(jobs=nodes, executor="ray"), lambda record: None)
    return time.perf_counter() - begin, (folder / TRIALS).read_bytes()


def planned(suite: Path | None, agent: str, trials: int, scratch: Path) -> Plan:
    """Return the plan of a suite, or of the benchmark's own, with about as many trials."""
    if suite is None:
        suite = scratch / "suite.yaml"
        suite.write_text(SUITE.format(trials=trials // 4))
        return load_plan(suite, Overrides(agent))
    arms = sum(len(cell.arms) for cell in load_plan(suite, Overrides(agent)).cells)
    return load_plan(suite, Overrides(agent, trials=max(round(trials / arms), 1)))


def measure(suite: Path | None, agent: str, trials: int, rounds: int) -> dict[str, Any]:
    seconds: dict[int, list[float]] = {1: [], 2: []}
    ledgers: set[bytes] = set()
    with tempfile.TemporaryDirectory() as scratch:
        plan = planned(suite, agent, trials, Path(scratch))
        nodes = cluster()
        try:
            for number in range(rounds):
                # Every other round the other way about: nobody always comes after the same one.
                for count in (1, 2) if number % 2 else (2, 1):
                    second = nodes.add_node(num_cpus=1) if count == 2 else None
                    nodes.wait_for_nodes()
                    took, ledger = timed(plan, Path(scratch) / f"{number}-{count}", count)
                    seconds[count].append(took)
                    ledgers.add(ledger)
                    if second is not None:
                        nodes.remove_node(second)
        finally:
            nodes.shutdown()
    return {
        "two_nodes_ratio": round(statistics.median(one / two for one, two in zip(*seconds.values(), strict=True)), 3),
        "same_ledger": len(ledgers) == 1,
        "seconds": {f"{count} nodes": [round(took, 2) for took in each] for count, each in seconds.items()},
        "suite": plan.suite,
        "agent": plan.agent,
        "trials": sum(1 for _ in plan.trials()),
        "rounds": rounds,
        "cores": len(os.sched_getaffinity(0)),
        "load_at_end": round(os.getloadavg()[0], 2),
        "version": vla_sim.__version__,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", type=Path, help="in place of the benchmark's own short trials")
    parser.add_argument("--agent", default="expert")
    parser.add_argument("--trials", type=int, default=200, help="trials of the suite, a multiple of four")
    parser.add_argument("--rounds", type=int, default=2, help="runs with one node, and with two")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    args = parser.parse_args()
    result = measure(args.suite, args.agent, args.trials, args.rounds)
    for name, value in result.items():
        print(f"{name:<20}{value}")
    if args.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
