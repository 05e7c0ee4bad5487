"""The scripted expert: knows where everything is, plans its way and goes it; shows that a trial can be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vla_agents.actions import Encoder
from vla_agents.goer import Surroundings
from vla_agents.manipulation.arm import Arm
from vla_agents.manipulation.handler import Handling, handle, keep, stow
from vla_agents.manoeuvres import Driver, driver_for
from vla_agents.steering import STOP, Here, Limits, Speeds
from vla_sim import seeding
from vla_sim.agent import Action
from vla_sim.engines.engine import Command
from vla_sim.errors import InputError
from vla_sim.planning.route import planning_library
from vla_sim.tasks.plan import Pick, Plan
from vla_sim.tasks.site import TOOL

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv


class Expert:
    """Carries out the plan of the goal as it stands, from ground truth; the observation is not looked at.

    It begins anew whenever the episode's plan is replaced, as when the words change. A robot with an arm is commanded
    by the goals of its joints.
    """

    action_type = None
    """Whatever suits the robot."""

    def attach(self, env: VlaSimEnv) -> None:
        """Take the environment whose truth, site and episode the agent reads."""
        self._env: VlaSimEnv = getattr(env, "unwrapped", env)

    def reset(self, seed: int) -> None:
        """Forget the last trial.

        Raises:
            InputError: the robot has an arm and is not commanded by its joints.
            NotReadyError: the trial needs an arm, and the library that plans its ways is not installed.
        """
        env = self._env
        self._plan: Plan | None = None
        self._actions: Iterator[Action] = iter(())
        self._encoder = Encoder(env.action_space)
        self._arm: Arm | None = None
        if env.site.arm is not None:
            if env.action_type != "joints":
                raise InputError("the expert moves an arm by its joints; use joints", field="action_type")
            if any(isinstance(step, Handling) for step in env.episode.plan):
                planning_library()
            rng = seeding.generator(seed, "expert")
            self._arm = Arm(env.site.world, env.site.semantics.robot, TOOL, env.body, env.period, rng)

    def choose_plan(self) -> Plan:
        """Return the plan to carry out now."""
        return self._env.episode.plan

    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step."""
        truth = self._env.truth
        if self._arm is not None:
            if self._plan is None:
                self._arm.begin(truth)
            self._arm.see(truth)
        plan = self.choose_plan()
        if plan is not self._plan:
            self._plan = plan
            self._actions = self._carry_out(plan)
        return next(self._actions)

    def _carry_out(self, plan: Plan) -> Iterator[Action]:
        """Yield the action of each control step for good; between two of them the truth is renewed."""
        env, site = self._env, self._env.site
        present = tuple(site.present(env.episode.placements))
        limits = Limits.of(site.drive, coarse=self._encoder.discrete)
        # A driver may plan its way when it is made: all ways are planned as things stand at the beginning.
        todo: list[tuple[Driver | Handling, Pick | None]] = []
        carried: Pick | None = None
        for manoeuvre in plan:
            if isinstance(manoeuvre, Handling):
                todo.append((manoeuvre, carried))
                carried = manoeuvre if isinstance(manoeuvre, Pick) else None
            else:
                scene = Surroundings(site, limits if carried is None else limits.carrying(), present)
                todo.append((driver_for(manoeuvre, scene), carried))
        for (step, holding), then in zip(todo, (*plan, None)[1:], strict=True):
            if isinstance(step, Handling):
                assert self._arm is not None
                for _ in handle(step, self._arm, then):
                    yield self._encode(STOP)
                continue
            if self._arm is not None:
                for _ in stow(self._arm, holding):
                    yield self._encode(STOP)
            while (speeds := step.speeds(Here.of(env.truth, site.semantics.robot), env.truth)) is not None:
                yield self._encode(speeds)
        if self._arm is not None:
            for _ in keep(plan[-1] if plan else None, self._arm):
                yield self._encode(STOP)
        while True:
            yield self._encode(STOP)

    def _encode(self, speeds: Speeds) -> Action:
        """Return the action to drive so fast, and to be with the arm where it is told to be."""
        arm = self._arm
        if arm is None:
            return self._encoder.encode(speeds)
        body = self._env.body
        assert body.gripper is not None
        joints = dict(zip(arm.chain.names, arm.told.tolist(), strict=True))
        return body.told(Command(*speeds), {**self._env.goals, **joints, **body.gripper.goals(arm.width)})
