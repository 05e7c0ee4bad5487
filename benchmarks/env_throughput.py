"""Env steps per core-second, where the time goes, and how much of it is our own Python.

RGB 96x96, LiDAR 360 and IMU at 10 Hz control with 5 ms physics, in the arena. After every few env steps the same run
times what MuJoCo, the renderer and the LiDAR cost when called alone on the same states: physics, one frame, one scan.
What the env step costs beyond those three is our own. The renderer alone draws every geom, as it does for whoever calls
it; we leave out what is not in view, and pay for finding out. ``own_share_beyond_culled`` is the share beyond a frame
that is given this for nothing. ``three_faults_share`` is what three faults at once cost, as a share of the env step
without any. The peer is Gymnasium-Robotics' point maze, drawn as large.

    python benchmarks/env_throughput.py --json
"""

from __future__ import annotations

import argparse
import functools
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest import mock

import gymnasium
import numpy as np

import vla_sim
from vla_sim.engines.embedded.imu import Imu
from vla_sim.engines.embedded.shapes import GROUP_ABSENT, RAY_GROUPS
from vla_sim.envs.env import VlaSimEnv
from vla_sim.faults.injector import Injector
from vla_sim.sensing.observation import ObservationBuilder

SENSORS = ["camera", "lidar", "imu"]
FAULTS = ["camera:gaussian_noise@0.3", "lidar:dropout@0.3", "imu:bias@0.3"]
SIZE = 96
WARM_UP = 50
BLOCK = 25
ROUNDS = 5
Timed = Callable[[str, Callable[[], object]], None]


def make_env(**options: Any) -> VlaSimEnv:
    env = gymnasium.make("VlaSim/Arena-v0", sensors=SENSORS, disable_env_checker=True, **options).unwrapped
    assert isinstance(env, VlaSimEnv)
    return env


class Walk:
    """Drives an environment with smooth random actions, starting episodes anew as they end."""

    def __init__(self, env: VlaSimEnv):
        self._env, self._rng, self._episode = env, np.random.default_rng(0), 0
        self._turn = 0.0
        self.over = True

    def step(self, action: np.ndarray | None = None) -> None:
        if self.over:
            self.reset()
        _, _, terminated, truncated, _ = self._env.step(self.action() if action is None else action)
        self.over = terminated or truncated

    def reset(self) -> None:
        self._env.reset(seed=self._episode)
        self._episode, self.over = self._episode + 1, False

    def ready(self) -> None:
        """Begin an episode if the last one is over."""
        if self.over:
            self.reset()

    def action(self) -> np.ndarray:
        self._turn = 0.8 * self._turn + 0.4 * self._rng.normal()
        return np.array([0.4, self._turn], dtype=np.float32)


class Alone:
    """What env steps cannot do without, called bare: MuJoCo's step, one rendered frame, one scan.

    A block of env steps runs undisturbed but for a note of the state before each, some hundred numbers; then the parts
    work on a simulation of their own that is put into these states.
    """

    def __init__(self, env: VlaSimEnv):
        import mujoco

        self._mujoco = mujoco
        simulation = env.engine._simulation  # type: ignore[attr-defined]
        self._model, self._source = simulation.built.model, simulation.data
        self._data = mujoco.MjData(self._model)
        self._numbers = mujoco.mjtState.mjSTATE_INTEGRATION
        size = mujoco.mj_stateSize(self._model, self._numbers)
        self._states = [np.zeros(size) for _ in range(BLOCK)]
        self._controls = [self._source.ctrl.copy() for _ in range(BLOCK)]
        self._ranges = [self._model.actuator_actrange.copy() for _ in range(BLOCK)]
        self._canvas = simulation.pictures.eye().canvas
        self._view = simulation.cameras["camera"].shutter.view
        self._frame = np.empty((SIZE, SIZE, 3), dtype=np.uint8)
        self._viewport = mujoco.MjrRect(0, 0, SIZE, SIZE)
        self._lidar = next(s.sensor for s in simulation._sensors if s.name == "lidar")
        self._site = simulation.built.sites["lidar"]
        self._steps = round(0.1 / self._model.opt.timestep)

    def before(self, index: int) -> None:
        """Note the state from which an env step starts."""
        self._mujoco.mj_getState(self._model, self._source, self._states[index], self._numbers)

    def after(self, index: int) -> None:
        """Take the command of the env step."""
        self._controls[index][:] = self._source.ctrl
        self._ranges[index][:] = self._model.actuator_actrange

    def parts(self, index: int, timed: Timed) -> None:
        """Call the parts of one env step."""
        data, model = self._data, self._model
        self._mujoco.mj_setState(model, data, self._states[index], self._numbers)
        data.ctrl[:] = self._controls[index]
        model.actuator_actrange[:] = self._ranges[index]
        self._mujoco.mj_forward(model, data)
        # In turn, so that neither finds in the caches what the other has left there.
        if index % 2:
            timed("rgb", lambda: self._picture(data))
        else:
            groups = model.geom_group.copy()
            self._canvas._look_through(data, self._view)
            model.geom_group[self._canvas._outside()] = GROUP_ABSENT
            self._canvas._view = None
            timed("rgb_culled", lambda: self._picture(data))
            model.geom_group[:] = groups
        rays = (self._lidar._local @ data.site_xmat[self._site].reshape(3, 3).T).ravel()
        timed("lidar", lambda: self._scan(data, rays))
        timed("physics", lambda: self._mujoco.mj_step(model, data, self._steps))

    def _picture(self, data: Any) -> None:
        mujoco, canvas = self._mujoco, self._canvas
        everything = mujoco.mjtCatBit.mjCAT_ALL
        mujoco.mjv_updateScene(self._model, data, canvas._option, None, canvas._camera, everything, canvas._scene)
        mujoco.mjr_render(self._viewport, canvas._scene, canvas._buffers)
        mujoco.mjr_readPixels(self._frame, None, self._viewport, canvas._buffers)

    def _scan(self, data: Any, rays: np.ndarray) -> None:
        lidar = self._lidar
        self._mujoco.mj_multiRay(
            self._model, data, data.site_xpos[self._site], rays, RAY_GROUPS, True, lidar._body, lidar._geom,
            lidar._distance, None, len(lidar._distance), lidar._spec.range_max * 1.01,
        )  # fmt: skip


def against_parts_alone(steps: int) -> dict[str, float]:
    """Return CPU ms of an env step, and of physics, frame and scan called alone on the same states: medians."""
    env = make_env()
    walk = Walk(env)
    for _ in range(WARM_UP):
        walk.step()
    alone = Alone(env)
    spent: dict[str, list[float]] = defaultdict(list)

    def timed(label: str, call: Callable[[], object]) -> None:
        begin = time.process_time()
        call()
        spent[label].append(time.process_time() - begin)

    done = 0
    while done < steps:
        walk.ready()
        block = 0
        while block < BLOCK and not walk.over:
            alone.before(block)
            action = walk.action()
            timed("step", functools.partial(walk.step, action))
            alone.after(block)
            block += 1
        ranges = alone._model.actuator_actrange.copy()
        for index in range(block):
            alone.parts(index, timed)
        alone._model.actuator_actrange[:] = ranges
        done += block
    env.close()
    return {label: 1e3 * statistics.median(values) for label, values in spent.items()}


def by_part(steps: int, faults: list[str]) -> dict[str, float]:
    """Return mean wall ms of our own parts of an env step, measured where they are called.

    A clock of CPU time costs as much as the least of them, so other processes on the machine do count: take the median
    of several.
    """
    spent: dict[str, float] = defaultdict(float)

    def probe(owner: type, method: str, label: str) -> AbstractContextManager[object]:
        original = getattr(owner, method)

        def timed(*args: Any) -> Any:
            begin = time.perf_counter()
            try:
                return original(*args)
            finally:
                spent[label] += time.perf_counter() - begin

        return mock.patch.object(owner, method, timed)

    env = make_env(faults=faults)
    walk = Walk(env)
    for _ in range(WARM_UP):
        walk.step()
    with ExitStack() as stack:
        stack.enter_context(probe(Imu, "read", "imu"))
        stack.enter_context(probe(Injector, "process", "faults"))
        stack.enter_context(probe(ObservationBuilder, "push", "observation"))
        stack.enter_context(probe(ObservationBuilder, "observe", "observation"))
        for _ in range(steps):
            walk.step()
    env.close()
    return {label: 1e3 * value / steps for label, value in spent.items()}


def steps_per_core_second(steps: int) -> float:
    env = make_env()
    walk = Walk(env)
    for _ in range(WARM_UP):
        walk.step()
    begin = time.process_time()
    for _ in range(steps):
        walk.step()
    rate = steps / (time.process_time() - begin)
    env.close()
    return rate


def _worker(steps: int, barrier: Any, results: Any) -> None:
    env = make_env()
    walk = Walk(env)
    for _ in range(WARM_UP):
        walk.step()
    barrier.wait()
    begin = time.perf_counter()
    for _ in range(steps):
        walk.step()
    results.put(steps / (time.perf_counter() - begin))
    env.close()


def wall_rate(processes: int, steps: int) -> float:
    """Return env steps per second of wall time over that many processes."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(processes), context.Queue()
    workers = [context.Process(target=_worker, args=(steps, barrier, results)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    rate = sum(results.get(timeout=300) for _ in workers)
    for worker in workers:
        worker.join()
    return rate


def peer_steps_per_core_second(steps: int) -> float | None:
    """Return the same for Gymnasium-Robotics' point maze with an offscreen camera of the same size."""
    try:
        import gymnasium_robotics
    except ImportError:
        return None
    gymnasium.register_envs(gymnasium_robotics)
    env = gymnasium.make("PointMaze_UMaze-v3", render_mode="rgb_array", width=SIZE, height=SIZE)
    env.reset(seed=0)
    env.action_space.seed(0)
    env.render()
    begin = time.process_time()
    for _ in range(steps):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        frame = env.render()
        if terminated or truncated:
            env.reset()
    rate = steps / (time.process_time() - begin)
    assert np.shape(frame) == (SIZE, SIZE, 3)
    env.close()
    return rate


def _medians(repeats: list[dict[str, float]]) -> dict[str, float]:
    return {label: statistics.median(repeat[label] for repeat in repeats) for label in repeats[0]}


def measure(steps: int) -> dict[str, Any]:
    rounds = [(steps_per_core_second(steps), peer_steps_per_core_second(max(steps // 4, 20))) for _ in range(3)]
    ours = statistics.median(rate for rate, _ in rounds)
    peers = [peer for _, peer in rounds if peer is not None]
    # In turn, so that a share is of times under the same conditions.
    pairs = [(against_parts_alone(steps), by_part(steps, FAULTS)) for _ in range(ROUNDS)]
    alone = _medians([alone for alone, _ in pairs])
    parts = _medians([parts for _, parts in pairs])
    shares = [parts["faults"] / alone["step"] for alone, parts in pairs]
    floor = alone["physics"] + alone["rgb"] + alone["lidar"]
    culled = floor - alone["rgb"] + alone["rgb_culled"]
    rest = alone["step"] - culled - parts["imu"] - parts["observation"]
    one, two = wall_rate(1, steps), wall_rate(2, steps)
    return {
        "env_steps_per_core_second": round(ours, 1),
        "own_python_share": round(1.0 - floor / alone["step"], 4),
        "own_share_beyond_culled": round(1.0 - culled / alone["step"], 4),
        "three_faults_share": round(statistics.median(shares), 4),
        "ratio_to_peer": round(ours / statistics.median(peers), 2) if peers else None,
        "peer_env_steps_per_core_second": round(statistics.median(peers), 1) if peers else None,
        "cpu_ms": {
            "env_step": round(alone["step"], 4),
            "physics": round(alone["physics"], 4),
            "rgb": round(alone["rgb"], 4),
            "rgb_culled": round(alone["rgb_culled"], 4),
            "lidar": round(alone["lidar"], 4),
            "imu": round(parts["imu"], 4),
            "observation": round(parts["observation"], 4),
            "rest": round(rest, 4),
            "three_faults": round(parts["faults"], 4),
        },
        "two_processes_ratio": round(two / one, 2),
        "wall_steps_per_second": {"one_process": round(one, 1), "two_processes": round(two, 1)},
        "version": vla_sim.__version__,
        "cores": os.cpu_count(),
        "steps": steps,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000, help="env steps of each measurement")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    args = parser.parse_args()
    result = measure(args.steps)
    print(f"env steps per core-second  {result['env_steps_per_core_second']:9.1f}")
    if result["ratio_to_peer"] is None:
        print("peer                       not installed (pip install gymnasium-robotics==1.4.2)")
    else:
        print(f"peer, point maze           {result['peer_env_steps_per_core_second']:9.1f}")
        print(f"ratio to the peer          {result['ratio_to_peer']:9.2f}")
    print(f"our own share of a step    {100 * result['own_python_share']:8.1f} %")
    print(f"  beyond a culled frame    {100 * result['own_share_beyond_culled']:8.1f} %")
    print(f"three faults over a step   {100 * result['three_faults_share']:8.1f} %")
    print(f"two processes over one     {result['two_processes_ratio']:9.2f}")
    for part, value in result["cpu_ms"].items():
        print(f"  {part:<24} {value:9.4f} ms")
    if args.json:
        print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
