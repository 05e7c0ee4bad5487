"""All of the arm's fusion agent but the last step: from observations to the inputs of its control network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from vla_agents.fusion.arm.body import CAMERAS, arm_body
from vla_agents.fusion.arm.goal import LEAST, ArmGoal
from vla_agents.fusion.arm.grip import Grip
from vla_agents.fusion.arm.inputs import ArmInputs, gather
from vla_agents.fusion.arm.policy import ArmPolicy
from vla_agents.fusion.arm.reading import ArmIntent, ArmReader
from vla_agents.fusion.arm.rules import OPEN, Scene, Thing, push_height, push_yaw
from vla_agents.fusion.arm.senses import ArmSenses, Look
from vla_agents.fusion.arm.sighting import relief, sightings
from vla_agents.fusion.arm.situation import numbers
from vla_agents.fusion.arm.table import Table, Track
from vla_agents.fusion.language.glossary import plainly
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.fusion.perception.detector import Eye, Sight

LOOKS = np.array([[0.45, -0.28], [0.45, 0.28], [0.62, 0.0], [0.32, 0.1]])
"""Where the tool goes, one after the other, as long as something is not found [m]."""
LOOK_TIME = 2.5
"""How long it stays at one of them at most [s]."""
CLEAR, PATIENCE = 0.6, 4.0
"""Probability of a target that is taken at once, and how long a clearer one than ``LEAST`` is looked for [s]."""
_GRASPED = 0.06
"""What is farther from the tool than this [m] is not what the fingers hold."""
_LEAST_TOP = 0.03
_DOWN, _BESIDE = 0.015, 0.04
"""How high above where it pushes the tool may be [m], and how far beside it a thing, for the fingers to be about it."""


class ArmNetworks(nn.Module):
    """Everything that was learned."""

    def __init__(self, reader: ArmReader, eye: Eye, policy: ArmPolicy):
        super().__init__()
        self.reader, self.eye, self.policy = reader, eye, policy


class ArmMind:
    """Perceives one observation after another in a trial."""

    def __init__(self, networks: ArmNetworks, encoder: TokenEncoder):
        self._networks, self._encoder = networks, encoder
        self._body = arm_body()
        self.table, self.grip = Table(), Grip()
        self.sights: dict[str, Sight] = {}
        self.goal: ArmGoal | None = None
        self.scene: Scene | None = None
        self.senses: ArmSenses | None = None
        self.held: Track | None = None
        self._stamps: dict[str, float] = {}
        self._words: str | None = None
        self._text = torch.zeros(networks.reader.width)
        self._hang = self._yaw = 0.0
        self._look, self._looked, self._heard = 0, 0.0, 0.0
        self._offset = np.zeros(3)

    def perceive(self, observation: Mapping[str, Any], told: NDArray[np.float64], width: float = OPEN) -> ArmInputs:
        """Take in an observation; the arm was told to be at ``told`` (6,), the gripper to be ``width`` open [m]."""
        senses = self.senses = ArmSenses.of(observation)
        joints = told if senses.joints is None else senses.joints[:6, 0]
        tool, told_tool = self._body.tool(joints), self._body.tool(told)
        self.grip.update(senses, width)
        self._carry(tool)
        for name in CAMERAS:
            self._see(name, senses.looks[name], joints)
        if senses.words != self._words:
            self._words = senses.words
            self._listen(senses.words)
            self._heard = senses.time
        assert self.goal is not None
        self._push_along(tool)
        self.goal.find(self.table.things, self.held, self._least(senses.time))
        self.scene = self._scene(tool, width, senses.time)
        return gather(senses, self.sights, self._text, numbers(self.scene, told_tool, self.grip))

    def _least(self, time: float) -> float:
        """Return how probable a target has to be: at first more, as the arm hides a part of the table."""
        return LEAST + (CLEAR - LEAST) * max(1.0 - (time - self._heard) / PATIENCE, 0.0)

    def _scene(self, tool: NDArray[np.float64], told: float, time: float) -> Scene:
        """Return what is taken to be so."""
        assert self.goal is not None
        goal = self.goal
        target = None if goal.target is None else _thing(goal.target)
        place = goal.place()
        if self.held is None and target is not None:
            self._hang = float(tool[2])
        if target is not None and place is not None and goal.skill == "push":
            self._yaw = push_yaw(self._yaw, tool, target, place)
        tallest = max((track.top for track in self.table.things if track is not goal.target), default=0.0)
        return Scene(
            skill=goal.skill or "pick",
            tool=tool,
            told=told,
            width=self.grip.width,
            held=self.held is not None,
            target=target,
            place=place,
            hang=self._hang,
            tallest=max(tallest, _LEAST_TOP),
            yaw=self._yaw if goal.skill == "push" else 0.0,
            look=self._look_at(tool, time),
        )

    def _look_at(self, tool: NDArray[np.float64], time: float) -> NDArray[np.float64]:
        """Return where to go to see more."""
        if math.dist(tool[:2], LOOKS[self._look]) < 0.03 or time - self._looked > LOOK_TIME:
            self._look, self._looked = (self._look + 1) % len(LOOKS), time
        return np.asarray(LOOKS[self._look])

    def _carry(self, tool: NDArray[np.float64]) -> None:
        """Let what is in the grip go with the tool."""
        held, target = self.held, None if self.goal is None else self.goal.target
        if not self.grip.held:
            if held is not None:
                # It was let go, or lost: it lies below, until it is seen elsewhere.
                held.top = max(held.top - max(float(tool[2]) - self._hang, 0.0), 0.0)
            self.held = None
            return
        if held is None and target is not None and math.dist(tool[:2], (target.x, target.y)) < _GRASPED:
            self.held = held = target
            self._offset = np.array([target.x, target.y, target.top]) - tool[:3]
            self._offset[:2] = 0.0
        if held is not None:
            held.x, held.y, held.top = (tool[:3] + self._offset).tolist()

    def _push_along(self, tool: NDArray[np.float64]) -> None:
        """Keep what is pushed between the fingers: the hand hides it, and it goes where they go."""
        assert self.goal is not None
        target = self.goal.target
        if target is None or self.goal.skill != "push" or self.held is not None:
            return
        ahead = np.array([math.cos(tool[3]), math.sin(tool[3])])
        across = np.array([-ahead[1], ahead[0]])
        way = np.array([target.x, target.y]) - tool[:2]
        beside, between = float(way @ ahead), float(way @ across)
        down = tool[2] < push_height(_thing(target)) + _DOWN
        if not down or abs(beside) > _BESIDE or abs(between) > self.grip.width / 2 + target.radius:
            return
        play = max(self.grip.width / 2 - target.radius, 0.0)
        x, y = tool[:2] + beside * ahead + min(max(between, -play), play) * across
        target.x, target.y = float(x), float(y)

    @torch.inference_mode()
    def _see(self, name: str, look: Look, joints: NDArray[np.float64]) -> None:
        """Look at a camera's newest frame."""
        if look.frame is None:
            self.sights.pop(name, None)
            return
        if self._stamps.get(name) == look.stamp and name in self.sights:
            return
        self._stamps[name] = look.stamp
        frame = torch.from_numpy(np.ascontiguousarray(look.frame)).permute(2, 0, 1)[None].float() / 255.0
        lens = self._body.lenses[name]
        if look.depth is None:
            heights = known = torch.zeros(1, *frame.shape[2:])
        else:
            heights = torch.from_numpy(lens.heights(look.depth, joints))[None]
            known = torch.from_numpy(look.depth > 0.0)[None].float()
        sight = self._networks.eye(frame, relief(heights, known))
        self.sights[name] = sight
        self.table.see(sightings(sight, look.depth, lens, joints), lens, look.depth, joints, self.held)

    @torch.inference_mode()
    def _listen(self, words: str) -> None:
        meaning = self._networks.reader(self._encoder.encode([plainly(words)]))
        self._text = meaning.pooled[0].clone()
        self.goal = ArmGoal(ArmIntent.of(meaning), meaning.asked()[0].numpy())


def _thing(track: Track) -> Thing:
    return Thing(track.x, track.y, track.top, track.radius)
