"""Env steps per core-second of an arm with two 96x96 RGB-D cameras, beside the model of a Fetch with as many.

Ours is the tabletop with joint goals: overhead and wrist camera, touch, wrist force and joints, 20 physics steps of
5 ms a step, drawn as for training (no shadows), with all that an environment does. The peer is the model behind
``FetchPickAndPlace`` and nothing around it: 20 physics steps of 2 ms, ``head_camera_rgb`` and ``gripper_camera_rgb`` in
colour and depth by ``mujoco.Renderer``; its own environment comes on top. With ``--peer-shadows off`` shadows and
reflections are left out, which is as we draw. Both move, in turn, in blocks; time is that of the processor. The peer's
model comes with ``pip install gymnasium-robotics``.

    python benchmarks/arm_throughput.py --json
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

SIZE = 96
BLOCK, ROUNDS, WARM_UP = 20, 5, 10
SENSORS = ["joints", "left_touch", "right_touch", "wrist_force"]
CAMERAS = ["overhead", "overhead_depth", "wrist", "wrist_depth"]
PEER_STEPS = 20
PEER_CAMERAS = ("head_camera_rgb", "gripper_camera_rgb")

Step = Callable[[], None]


def ours(cameras: bool) -> Step:
    """Return a step of our tabletop with slow random joint goals."""
    from vla_sim.envs.env import VlaSimEnv

    env = VlaSimEnv("tabletop", "pick_up", action_type="joints", sensors=SENSORS + (CAMERAS if cameras else []))
    rng = np.random.default_rng(0)
    episode = iter(range(1_000_000))
    env.reset(seed=next(episode))
    goals = np.zeros(6)

    def step() -> None:
        goals[:] = np.clip(goals + rng.normal(0.0, 0.03, 6), -0.4, 0.4)
        *_, terminated, truncated, _ = env.step(np.append(goals, 0.05).astype(np.float32))
        if terminated or truncated:
            env.reset(seed=next(episode))

    return step


def peer(cameras: bool, shadows: bool) -> Step | None:
    """Return a step of the model behind Gymnasium-Robotics' Fetch with random controls; None if it is not there."""
    import mujoco

    spec = importlib.util.find_spec("gymnasium_robotics")
    if spec is None or spec.origin is None:
        return None
    model = mujoco.MjModel.from_xml_path(str(Path(spec.origin).parent / "envs/assets/fetch/pick_and_place.xml"))
    data = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    renderer = mujoco.Renderer(model, SIZE, SIZE) if cameras else None
    if renderer is not None and not shadows:
        renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = False
        renderer.scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False

    def step() -> None:
        data.ctrl[:] = rng.uniform(0.0, 0.05, model.nu)
        mujoco.mj_step(model, data, PEER_STEPS)
        if renderer is None:
            return
        for camera in PEER_CAMERAS:
            renderer.update_scene(data, camera)
            renderer.render()
            renderer.enable_depth_rendering()
            renderer.render()
            renderer.disable_depth_rendering()

    return step


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peer-shadows", choices=("on", "off"), default="off")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    shadows = options.peer_shadows == "on"
    possible = {
        "ours": ours(cameras=True),
        "peer": peer(cameras=True, shadows=shadows),
        "ours_blind": ours(cameras=False),
        "peer_blind": peer(cameras=False, shadows=shadows),
    }
    steps = {name: step for name, step in possible.items() if step is not None}
    for step in steps.values():
        for _ in range(WARM_UP):
            step()
    rates: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            start = time.process_time()
            for _ in range(BLOCK):
                step()
            rates[name].append(BLOCK / (time.process_time() - start))
    median = {name: round(statistics.median(values), 1) for name, values in rates.items()}
    if "peer" in median:
        median["ratio"] = round(median["ours"] / median["peer"], 2)
    if options.json:
        print(json.dumps(median))
    else:
        print("\n".join(f"{name:12} {value}" for name, value in median.items()))


if __name__ == "__main__":
    main()
