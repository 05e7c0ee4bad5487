"""LeRobot's own loading and evaluation over the example's hub repository."""

import importlib
import sys
from pathlib import Path

import pytest

lerobot_eval = pytest.importorskip(
    "lerobot.scripts.lerobot_eval",
    reason="lerobot is not installed: it pins torch, av and gymnasium to other versions (docs/dataset.md)",
)
EXAMPLE = Path(__file__).parents[2] / "examples" / "envhub"


@pytest.fixture
def suites(monkeypatch):
    """What LeRobot makes of the example, as if it had come from a hub."""
    from lerobot.envs import factory

    monkeypatch.syspath_prepend(EXAMPLE)
    if "vla_sim" not in factory.EnvConfig.get_known_choices():
        importlib.import_module("lerobot_vla_sim")
    config = sys.modules["lerobot_vla_sim"].VlaSimEnvConfig(task="turn_by_angle")
    here = ("somebody/arena", "env.py", str(EXAMPLE / "env.py"), "main")
    monkeypatch.setattr(factory, "_download_hub_file", lambda *_: here)
    made = factory.make_env(config, n_envs=2, trust_remote_code=True)
    yield made
    for tasks in made.values():
        for envs in tasks.values():
            envs.close()


def test_it_evaluates_a_policy(suites):
    import torch

    class Turning(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.asked = []

        def reset(self):
            pass

        def select_action(self, observation):
            self.asked.append(observation)
            return torch.tensor([[0.0, 0.5]] * 2)

    assert list(suites) == ["arena/clean", "arena/camera-dark", "arena/lidar-dropout"]
    envs = suites["arena/clean"][0]
    same = {name: lambda value: value for name in ("env_preprocessor", "env_postprocessor", "preprocessor")}
    policy = Turning()
    told = lerobot_eval.rollout(envs, policy, **same, postprocessor=lambda value: value, seeds=[1, 2])
    assert told["done"][:, -1].all()
    assert told["success"].shape == told["reward"].shape == told["done"].shape
    first = policy.asked[0]
    assert {"observation.images.camera", "observation.state"} <= first.keys()
    assert tuple(first["observation.images.camera"].shape) == (2, 3, 96, 96)
    envs.reset(seed=[1, 2])
    assert list(first["task"]) == list(envs.call("task_description"))
