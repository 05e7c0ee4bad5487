"""What lock-step costs: wall time of steps of 100 ms against one run of the same server over the same simulated time.

Both have the same subscribers. The embedded engine's speed on the same world stands beside it. Blocks of both kinds
alternate, so that what else the machine does weighs on both. Exit code 1 if the ratio is above its bound.
"""

from __future__ import annotations

import statistics
import sys
import time

from vla_sim.engines import make_engine
from vla_sim.engines.engine import Command
from vla_sim.engines.gazebo import GazeboEngine
from vla_sim.envs.loading import load_site
from vla_sim.errors import NotReadyError

MOST = 1.10
BLOCKS, STEPS, PERIOD = 15, 20, 0.1


def main() -> int:
    """Measure, print the figures and return the exit code."""
    world = load_site("arena").world
    try:
        engine = GazeboEngine()
    except NotReadyError as missing:
        print(f"skipped: {missing}")
        return 0
    with engine:
        engine.load(world)
        engine.reset()
        engine.apply(Command(0.1, 0.5))
        engine.step(1.0)
        stepped, free = [], []
        for _ in range(BLOCKS):
            began = time.perf_counter()
            for _ in range(STEPS):
                engine.step(PERIOD)
            stepped.append(time.perf_counter() - began)
            began = time.perf_counter()
            engine.run_freely(STEPS * PERIOD)
            free.append(time.perf_counter() - began)
    with make_engine("embedded") as embedded:
        embedded.load(world)
        embedded.reset()
        embedded.apply(Command(0.1, 0.5))
        began = time.perf_counter()
        for _ in range(BLOCKS * STEPS):
            embedded.step(PERIOD)
        own = (time.perf_counter() - began) / (BLOCKS * STEPS)
    ratios = [one / two for one, two in zip(stepped, free, strict=True)]
    per_step = [sum(times) / (BLOCKS * STEPS) * 1000 for times in (stepped, free)]
    ratio = statistics.median(ratios)
    print(f"lock-step {per_step[0]:.1f} ms, free run {per_step[1]:.1f} ms per {PERIOD * 1000:.0f} ms of simulated time")
    print(f"ratio {ratio:.2f} (median of {BLOCKS} blocks, {min(ratios):.2f} to {max(ratios):.2f}); bound {MOST:.2f}")
    print(f"embedded engine {own * 1000:.1f} ms, {per_step[0] / 1000 / own:.1f} times as fast")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
