"""The types of actions that an agent may give; ``vla_sim.envs.actions`` says what each means."""

from __future__ import annotations

from typing import Literal, get_args

ActionType = Literal["continuous", "discrete", "joints", "end_effector"]
ACTION_TYPES: tuple[ActionType, ...] = get_args(ActionType)
