"""What an arm's learner should do at each step, by ground truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vla_agents.fusion.arm.body import arm_body
from vla_agents.fusion.arm.rules import Motion, Scene, Skill, Thing, decide, push_yaw
from vla_sim.tasks.plan import Pick, Place, Push

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv


class ArmTeacher:
    """Tells the scene of an episode by ground truth, and what the rules say to it."""

    def __init__(self, env: VlaSimEnv):
        self._env = env
        plan = env.episode.plan
        first = plan[0]
        assert isinstance(first, (Pick, Push))
        self.target = first.model
        self._place = next((step for step in plan if isinstance(step, (Place, Push))), None)
        self.skill: Skill = "push" if isinstance(first, Push) else "pick" if self._place is None else "put"
        self._hang = self._yaw = 0.0

    def scene(self) -> Scene:
        """Return how things are."""
        env = self._env
        joints = env.truth.models[env.site.semantics.robot].joints
        body = arm_body()
        tool = body.tool(body.chain.configuration(joints))
        held = self.target in env.truth.held
        target, place = self._thing(self.target), self._goal()
        if not held:
            self._hang = float(tool[2]) - (target.top - self._height(self.target))
        if self.skill == "push" and place is not None:
            self._yaw = push_yaw(self._yaw, tool, target, place)
        there = env.site.present(env.episode.placements)
        others = [self._height(name) for name in there if name != self.target and name in env.site.objects]
        return Scene(
            skill=self.skill,
            tool=tool,
            told=float(env.told[-1]),
            width=joints["left_finger"] + joints["right_finger"],
            held=held,
            target=target,
            place=place,
            hang=self._hang,
            tallest=max(others, default=0.03),
            yaw=self._yaw,
            look=tool[:2],
        )

    def motion(self) -> Motion:
        """Return what to do now."""
        return decide(self.scene())

    def _thing(self, model: str) -> Thing:
        x, y, z = self._from_base(self._env.truth.models[model].pose.position)
        tag = self._env.site.objects[model]
        across = tag.radius / math.sqrt(2) if tag.noun == "cube" else tag.radius
        return Thing(x, y, z + self._height(model), across)

    def _goal(self) -> Thing | None:
        match self._place:
            case None:
                return None
            case Push(to=(x, y)):
                x, y, _ = self._from_base((x, y, 0.0))
                return Thing(x, y, 0.0, 0.075)
            case Place(on=on, at=at, height=height):
                x, y, z = self._from_base(self._env.truth.models[on].pose.transform((*at, height)))
                return Thing(x, y, z, 0.075)

    def _height(self, model: str) -> float:
        return self._env.site.objects[model].height or 0.0

    def _from_base(self, point: tuple[float, float, float]) -> tuple[float, float, float]:
        pose = self._env.truth.models[self._env.site.semantics.robot].pose
        x, y, z = pose.inverse().transform(point)
        return x, y, z
