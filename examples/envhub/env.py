"""What LeRobot's EnvHub loads of a hub repository: every kind of goal in the arena, clean and with things that fail.

from lerobot.envs.factory import make_env

suites = make_env("USER/REPOSITORY", n_envs=4, use_async_envs=True, trust_remote_code=True)
"""

from typing import Any

from vla_sim.envs import envhub

TASKS = ("go_to_object", "stop_in_front", "turn_by_angle", "visit_in_order", "avoid_object")
ARMS = {
    "clean": (),
    "camera-dark": ({"target": "camera", "kind": "blackout", "onset": 2.0},),
    "lidar-dropout": ("lidar:dropout@0.7",),
}


def make_env(n_envs: int = 1, use_async_envs: bool = False, cfg: Any = None) -> Any:
    """Return {world/arm: {number of the task: vector environment}}."""
    return envhub.make_env(n_envs, use_async_envs, cfg, world="arena", tasks=TASKS, arms=ARMS)
