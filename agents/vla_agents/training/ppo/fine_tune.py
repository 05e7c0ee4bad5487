"""The fine-tuning from top to bottom: PPO in a vector of environments, from a checkpoint to a checkpoint.

Each iteration is a call of stable-baselines3's ``learn`` for one round of experience and its update. After each, all
that the run depends on goes into one file, so that a run that was killed goes on as if it had not been: weights, their
mean and moments of the optimiser, normalisation of rewards, curriculum, and for each environment the episode that is
going on with the actions since its beginning, which are taken again. Random numbers are seeded anew from seed and
number of each iteration, because stable-baselines3 draws from global generators.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecNormalize
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vla_agents.fusion.checkpoint import load_checkpoint, save_checkpoint
from vla_agents.fusion.control.policy import Policy
from vla_agents.fusion.export import export_checkpoint
from vla_agents.training.ppo.actor_critic import FusionActorCritic
from vla_agents.training.ppo.curriculum import FaultCurriculum
from vla_agents.training.ppo.diary import Diary
from vla_agents.training.ppo.recipe import PpoRecipe
from vla_agents.training.ppo.senses import FusionSenses, Perception
from vla_agents.training.ppo.state import State
from vla_sim import seeding
from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.vector.sb3 import VlaSimVecEnv
from vla_sim.errors import InputError

STATE = "state.safetensors"
_UPDATE = ("policy_gradient_loss", "value_loss", "approx_kl", "clip_fraction", "explained_variance", "std")
_NEVER = 1_000_000
_THREADS = 2
"""Of an update: sums over more threads are rounded otherwise, so that it is no option."""


class TwoRatePPO(PPO):
    """Stable-baselines3's PPO, in which groups of parameters keep their ``share`` of the learning rate."""

    def _update_learning_rate(self, optimizers: list[torch.optim.Optimizer] | torch.optim.Optimizer) -> None:
        super()._update_learning_rate(optimizers)
        for optimiser in optimizers if isinstance(optimizers, list) else [optimizers]:
            for group in optimiser.param_groups:
                group["lr"] *= group["share"]


class FineTuning:
    """A run in a folder; a run that is there goes on. Use it as a context manager.

    Args:
        recipe: numbers of the run.
        start: folder of the checkpoint to begin with.
        out: folder of the run.
        workers: processes that simulate; they change no result.
        say: is told what takes long.

    Raises:
        InputError: the folder holds a run of another recipe or another checkpoint.
    """

    def __init__(
        self, recipe: PpoRecipe, start: Path, out: Path, workers: int = 2, say: Callable[[str], None] = print
    ) -> None:
        self.recipe, self._out = recipe, out
        self._networks, _, self._card = load_checkpoint(start)
        self._about = {"recipe": asdict(recipe), "start": fingerprint(self._networks.policy)}
        state = State.read(out / STATE) if (out / STATE).is_file() else None
        if state is not None:
            _check_same(state.facts["about"], self._about, out / STATE)
        self.rows: list[dict[str, Any]] = [] if state is None else list(state.facts["rows"])
        curriculum = FaultCurriculum(recipe.seed, recipe.environments, recipe.tasks, recipe.cells, recipe.troubled)
        actions: list[Any] = [
            state.tensors[f"actions.{index}"].numpy() if state else [] for index in range(recipe.environments)
        ]
        if state is not None:
            curriculum.restore(state.facts["curriculum"], actions)
        self._curriculum, self._diary = curriculum, Diary(curriculum, actions, _THREADS)
        perception = Perception(start, _exported(start, out, say) if recipe.exported else None)
        make = functools.partial(_make, recipe.world, perception)
        vector = VlaSimVecEnv([make] * recipe.environments, workers=workers, curriculum=curriculum)
        self._envs = VecNormalize(vector, gamma=recipe.gamma, norm_obs=False)
        self._model = self._new_model()
        keep = 0.5 ** (1.0 / recipe.averaging) if recipe.averaging else 0.0
        self._mean = AveragedModel(self._actor_critic.policy, multi_avg_fn=get_ema_multi_avg_fn(keep))
        if state is not None:
            self._restore(state)

    def _new_model(self) -> TwoRatePPO:
        recipe = self.recipe
        model = TwoRatePPO(
            FusionActorCritic,
            self._envs,
            learning_rate=recipe.rate,
            n_steps=recipe.steps,
            batch_size=recipe.batch,
            n_epochs=recipe.epochs,
            gamma=recipe.gamma,
            gae_lambda=recipe.gae_lambda,
            clip_range=recipe.clip,
            target_kl=recipe.target_kl,
            ent_coef=recipe.anchor,
            device="cpu",
            seed=seeding.derive_seed(recipe.seed, "networks") % 2**32,
            policy_kwargs={
                "features_extractor_kwargs": {"policy": self._networks.policy},
                "actor_share": recipe.actor_rate / recipe.rate,
                "spread": recipe.exploration,
            },
        )
        model.set_logger(Logger(None, []))
        return model

    @property
    def _actor_critic(self) -> FusionActorCritic:
        policy = self._model.policy
        assert isinstance(policy, FusionActorCritic)
        return policy

    def iterate(self) -> dict[str, Any]:
        """Do one iteration, save all, and return its row of the curve."""
        number = len(self.rows)
        seed = seeding.derive_seed(self.recipe.seed, "iteration", number)
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002 (stable-baselines3 draws its batches from it)
        rate = self.recipe.rate * 0.5 ** (number / self.recipe.half_life)
        self._model.lr_schedule = lambda _: rate
        learns = number >= self.recipe.critic_first
        self._actor_critic.features_extractor.requires_grad_(learns)
        self._actor_critic.log_std.requires_grad_(learns)
        self._model.learn(self.recipe.samples, self._diary, log_interval=_NEVER, reset_num_timesteps=False)
        self._mean.update_parameters(self._actor_critic.policy)
        told = self._model.logger.name_to_value
        row: dict[str, Any] = {"iteration": number + 1, "samples": (number + 1) * self.recipe.samples}
        row |= self._diary.summary()
        row |= {name: round(float(told[f"train/{name}"]), 6) for name in _UPDATE}
        row["distance_to_start"] = round(float(told["train/entropy_loss"]), 6)
        row["mean_level"] = round(float(np.mean(list(self._curriculum.level.values()))), 3)
        self.rows.append(row)
        self.save()
        return row

    def note(self, **scores: Any) -> None:
        """Add scores to the last row."""
        self.rows[-1] |= scores
        self.save()

    def save(self) -> None:
        """Write all that the run goes on from."""
        tensors = {f"policy.{name}": value for name, value in self._actor_critic.state_dict().items()}
        tensors |= {f"mean.{name}": value for name, value in self._mean.state_dict().items()}
        for index, moments in self._actor_critic.optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{index}.{name}": value for name, value in moments.items()}
        for index, actions in enumerate(self._diary.actions):
            tensors[f"actions.{index}"] = torch.from_numpy(np.array(actions, np.float32).reshape(-1, 3))
        returns = self._envs.ret_rms
        facts = {
            "about": self._about,
            "rows": self.rows,
            "curriculum": self._curriculum.state(),
            "returns": self._envs.returns.tolist(),
            "return_statistics": [float(returns.mean), float(returns.var), float(returns.count)],
        }
        State(tensors, facts).write(self._out / STATE)

    def _restore(self, state: State) -> None:
        self._actor_critic.load_state_dict(state.part("policy."))
        self._mean.load_state_dict(state.part("mean."))
        optimiser = self._actor_critic.optimizer
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in state.part("adam.").items():
            index, _, key = name.partition(".")
            moments.setdefault(int(index), {})[key] = value
        optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
        self._model._last_obs = self._envs.reset()  # Takes the actions of each episode again.
        self._model._last_episode_starts = np.zeros(self.recipe.environments, dtype=bool)
        self._model.num_timesteps = len(self.rows) * self.recipe.samples
        self._envs.returns = np.array(state.facts["returns"])
        statistics = self._envs.ret_rms
        mean, var, statistics.count = state.facts["return_statistics"]
        statistics.mean, statistics.var = np.array(mean), np.array(var)

    def checkpoint(self, folder: Path) -> Path:
        """Write the policy as a checkpoint of the fusion agent, its weights averaged as is asked; return the folder.

        The last weights follow the noise of the last rounds of experience; their running mean (Polyak and Juditsky
        1992) does less so.
        """
        strategy, mean = self._card.strategies[0], self._mean.module
        assert isinstance(mean, Policy)
        data = {**self._card.data, "fine_tuned": {**self._about, "samples": len(self.rows) * self.recipe.samples}}
        card = self._card.model_copy(update={"strategies": (strategy,), "sequence": False, "data": data, "scores": {}})
        save_checkpoint(folder, card, self._networks, {strategy: mean})
        return folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._envs.close()


def _make(world: str, perception: Perception) -> FusionSenses:
    return FusionSenses(VlaSimEnv(world), perception)


def _exported(start: Path, out: Path, say: Callable[[str], None]) -> Path:
    """Return the folder of the networks that perceive, exported to ONNX."""
    folder = out / "perception"
    if not (folder / "health.float32.onnx").is_file():
        say("exporting the networks that perceive to ONNX")
        export_checkpoint(start, folder)
    return folder


def fingerprint(network: nn.Module) -> str:
    """Return a hash of a network's weights."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode() + value.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _check_same(old: Mapping[str, Any], new: Mapping[str, Any], path: Path) -> None:
    new = json.loads(json.dumps(new))
    if old["start"] != new["start"]:
        raise InputError("a fine-tuning of another checkpoint is there; choose another --out", file=path)
    for name, value in new["recipe"].items():
        if old["recipe"].get(name) != value and name != "iterations":
            raise InputError(
                f"a fine-tuning with {name} {old['recipe'].get(name)} is there, not {value}; choose another --out",
                file=path,
                field=name,
            )
