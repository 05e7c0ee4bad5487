"""The Gymnasium environment: a world, a task, sensors with their faults, and a robot to drive."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import gymnasium
import numpy as np
from numpy.typing import NDArray

from vla_sim import seeding
from vla_sim.engines import make_engine
from vla_sim.engines.engine import Command, Engine, Truth
from vla_sim.envs.action_types import ACTION_TYPES, ActionType
from vla_sim.envs.actions import Actions, make_actions
from vla_sim.envs.body import Body, body_of
from vla_sim.envs.lines import CommandLine, GoalLine
from vla_sim.envs.loading import load_site
from vla_sim.envs.variation import VariationSpec, describe, read_variation
from vla_sim.envs.view import robot_view
from vla_sim.errors import InputError
from vla_sim.faults.injector import Injector
from vla_sim.faults.onset import Moment
from vla_sim.faults.spec import FaultLike, read_faults
from vla_sim.faults.target import channels
from vla_sim.sensing.observation import ObservationBuilder
from vla_sim.sensing.reading import Reading
from vla_sim.tasks import TASKS
from vla_sim.tasks.pairs import without_pairs
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Episode, Task, Words

Observation = dict[str, Any]

SUCCESS_REWARD = 1.0
_OPTIONS = ("task", "faults", "words")


class VlaSimEnv(gymnasium.Env[Observation, Any]):
    """A robot that is told in words what to do, and sees its world through sensors that may fail.

    **Observation**: a flat Dict, see ``ObservationBuilder``; nothing of the ground truth is in it. **Action**:
    ``continuous`` is Box [speed m/s, yaw rate rad/s] within the drive's limits, ``discrete`` an index into
    ``vocabulary.WORDS``, ``joints`` goals of the joints and the gripper's width, ``end_effector`` a motion of the tool
    and the width (see ``docs/manipulation.md``); it holds for one control period. **Reward**: the gain in progress
    (0..1) since the last step, plus 1 on success; where the goal is replaced, progress counts anew. **terminated** on
    a success or a failure, **truncated** at the task's time limit.

    ``info``: ``success``, ``reason`` (of a failure, else ""), ``progress``, ``words``, ``time`` [s], ``faults`` (the
    injector's report); ``reset`` adds ``seed``, ``task``, ``variation``; a discrete ``step`` adds ``primitive``, the
    last step ``metrics`` (``episode.metrics()`` tells them at any time).

    ``reset`` runs one control period with the robot at rest, so that sensors have spoken. Its ``options`` may hold
    ``task``, ``faults`` and ``words`` for that episode alone. One seed gives one episode, to the byte, whatever the
    faults.

    ``truth``, ``site``, ``body``, ``episode``, ``engine``, ``injector``, ``sensor_names``, ``heard`` and ``time`` serve
    privileged agents and reports; so do ``readings`` (of the last control period, as the faults left them),
    ``command`` (what the agent asked for in it), ``told`` (the same as numbers, one for each of ``body.names``),
    ``goals`` (where the joints are told to be), ``driven`` (what the robot was told in it) and ``reward``.

    Args:
        world: name of a shipped world, or path of an SDF file with its semantics (``.yaml``) beside it.
        task: name of a task, see ``vla_sim.tasks.TASKS``.
        robot: name or path of a model that takes the place of the world's robot.
        engine: name of the simulator.
        renderer: how cameras draw: ``auto``, ``gl`` or ``rays``.
        control_rate: actions a second of simulated time; a period must be a whole number of physics steps.
        sensors: streams to produce; None for all. What is not produced costs nothing.
        faults: what fails: ``FaultSpec``s, mappings, or short forms such as ``"lidar:dropout@0.5"``.
        words: which paraphrases the goals are drawn from, ``seen`` or ``held_out``.
        variation: randomisation of looks and physics, see ``VariationSpec``.
        action_type: ``continuous``, ``discrete``, ``joints`` or ``end_effector``; None is ``joints`` for a robot
            with an arm, else ``continuous``.
        render_mode: ``rgb_array``, or None where ``render`` is not called.
        render_size: width and height of the picture that ``render`` returns.

    >>> import gymnasium, vla_sim
    >>> env = gymnasium.make("VlaSim/Arena-v0", faults=["camera:blackout"])
    >>> observation, info = env.reset(seed=7)
    >>> observation["camera"].shape, int(observation["camera"].max()), observation["lidar"].shape
    ((96, 96, 3), 0, (360,))
    >>> env.close()
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012 (Gymnasium's own way)

    def __init__(
        self,
        world: str | Path = "arena",
        task: str = "go_to_object",
        *,
        robot: str | Path | None = None,
        engine: str = "embedded",
        renderer: str = "auto",
        control_rate: float = 10.0,
        sensors: Sequence[str] | None = None,
        faults: Iterable[FaultLike] = (),
        words: Words = "seen",
        variation: VariationSpec | Mapping[str, Any] | None = None,
        action_type: ActionType | None = None,
        render_mode: str | None = None,
        render_size: tuple[int, int] = (480, 360),
    ):
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise InputError(f"no render_mode '{render_mode}'; use rgb_array or None", field="render_mode")
        if action_type is not None and action_type not in ACTION_TYPES:
            raise InputError(f"no action_type '{action_type}'; use {', '.join(ACTION_TYPES)}", field="action_type")
        self._words = _checked_words(words)
        self.faults = read_faults(faults)
        self._variation = read_variation(variation)
        self.render_mode, self._render_size = render_mode, render_size
        self.site: Site = load_site(world, robot)
        self._plain_site = self.site
        self.body: Body = body_of(self.site.robot)
        self._task = self._find_task(task, self._words)
        self.engine: Engine = make_engine(engine, renderer=renderer)
        self._period = self._control_period(control_rate)
        self.metadata = {**self.metadata, "render_fps": round(control_rate)}
        with contextlib.ExitStack() as on_error:
            on_error.callback(self.engine.close)
            self.engine.load(self.site.world, sensors)
            self._make_spaces(action_type)
            on_error.pop_all()
        self.episode: Episode
        self.injector: Injector
        self.truth: Truth
        self.readings: list[Reading] = []
        self.command = Command()
        self.reward = 0.0
        self._observation: Observation | None = None
        self._closed = False

    # --- an episode -------------------------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode and return what the robot sees one control period later.

        Raises:
            InputError: an option is unknown or wrong.
        """
        super().reset(seed=seed)
        options = {name: value for name, value in (options or {}).items() if value is not None}
        for name in options:
            if name not in _OPTIONS:
                raise InputError(f"no reset option '{name}'; use {', '.join(_OPTIONS)}", field="options")
        seed = int(self.np_random.integers(2**63 - 1)) if seed is None else seed
        words = _checked_words(options["words"]) if "words" in options else self._words
        changed = not options.keys().isdisjoint(("task", "words"))
        task = self._find_task(options.get("task", self._task.name), words) if changed else self._task
        faults = read_faults(options["faults"]) if "faults" in options else self.faults

        sizes = self._variation.sizes(seeding.generator(seed, "sizes"), self._plain_site)
        self.site = self._plain_site.resized(sizes)
        self.episode = task.sample(self.site, seeding.generator(seed, "task"), words)
        variation = self._variation.sample(
            seeding.generator(seed, "variation"), self.site, self.engine.streams, self.episode.light, sizes
        )
        self.engine.reset(self.episode.placements, seeding.derive_seed(seed, "engine"), variation)
        joints = [joint.name for joint in self.body.movable]
        streams = {**self.engine.streams, **channels(self._period, joints)}
        self.injector = Injector(faults, streams, seeding.derive_seed(seed, "faults"))
        self._commands, self._words_line = CommandLine(self.engine, self.injector, self.body), GoalLine(self.injector)
        self._steps = 0
        for problem in self.injector.unsupported():
            gymnasium.logger.warn(f"a fault cannot be applied: {problem}")
        self._builder = self._new_builder()
        self.reward = 0.0
        self._advance(Command())
        self.episode.begin(self.truth)
        self._look()
        observation = self._observe()
        return observation, self._info() | {"seed": seed, "task": task.name, "variation": describe(variation)}

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Hold an action for one control period. Actions outside the space are clipped to it."""
        if self._observation is None:
            raise gymnasium.error.ResetNeeded("call reset before step")
        progress, words = self.episode.progress, self.episode.words
        command, primitive = self._actions.command(action, self._observation, self.goals)
        self._advance(command)
        self._steps += 1
        self.episode.update(self.truth)
        self._look()
        observation = self._observe()
        info = self._info()
        if primitive is not None:
            info["primitive"] = primitive.as_dict()
        verdict = self.episode.verdict
        gain = self.episode.progress - (progress if self.episode.words == words else 0.0)
        self.reward = gain + (SUCCESS_REWARD if verdict == "success" else 0.0)
        return observation, self.reward, verdict not in (None, "timeout"), verdict == "timeout", info

    def render(self) -> NDArray[np.uint8] | None:
        """Return a picture of the robot at work, or None without a render mode."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() needs an environment made with render_mode='rgb_array'")
            return None
        return robot_view(self.engine, self.truth, self.site, self._render_size)

    def close(self) -> None:
        """Free the engine; once is enough, more does no harm."""
        if not self._closed:
            self._closed = True
            self._observation = None
            self.engine.close()

    @property
    def heard(self) -> list[dict[str, object]]:
        """What the agent heard and when [s since the reset], where a fault is on the words; else nothing."""
        return self._words_line.script

    @property
    def driven(self) -> list[tuple[float, Command]]:
        """What the robot was told in the last control period, and when [s since the reset]."""
        return self._commands.arrived

    @property
    def period(self) -> float:
        """How long an action holds [s]."""
        return self._period

    @property
    def goals(self) -> Mapping[str, float]:
        """Where each joint with a controller was told to be by the agent [rad or m]."""
        return self._commands.goals

    @property
    def still(self) -> Any:
        """The action that leaves everything as it is told to be."""
        return self._actions.still(self.goals)

    @property
    def told(self) -> NDArray[np.float32]:
        """What the agent asked for in the last control period, one number for each of ``body.names``."""
        return self.body.told(self.command, self.goals)

    @property
    def time(self) -> float:
        """Simulated time since the reset [s]."""
        return self.engine.time

    # --- parts of a step --------------------------------------------------------------------------------------------

    def _advance(self, command: Command) -> None:
        """Run one control period and take in what the sensors said."""
        self.command = command
        self.readings = self.injector.process(self._commands.drive(command, self._period))
        self._builder.push(self.readings)
        self.truth = self._commands.whole(self.engine.truth())

    def _look(self) -> None:
        """Let the faults begin whose onset has come."""
        if not self.injector.waits:
            return
        metrics = self.episode.metrics()
        self.injector.look(
            Moment(
                time=self.engine.time,
                step=self._steps,
                travelled=metrics["path_length"],
                to_goal=metrics.get("distance_to_goal"),
                progress=self.episode.progress,
                touched=metrics["collisions"] > 0,
                goals=len(self.episode.script()),
                grasped=self._holds(),
            )
        )

    def _observe(self) -> Observation:
        now = self.engine.time
        self._observation = self._builder.observe(now, self._words_line.hear(now, self.episode.words))
        return self._observation

    def _holds(self) -> bool:
        """Return whether the gripper has hold of something that can be moved."""
        return any(not self.site.world.model(name).static for name in self.truth.held)

    def _info(self) -> dict[str, Any]:
        verdict = self.episode.verdict
        success = verdict == "success"
        info = {
            "success": success,
            "reason": "" if verdict is None or success else verdict,
            "progress": self.episode.progress,
            "words": self.episode.words,
            "time": self.engine.time,
            "faults": self.injector.report(),
        }
        if verdict is not None:
            info["metrics"] = dict(self.episode.metrics())
        return info

    # --- construction -----------------------------------------------------------------------------------------------

    def _make_spaces(self, action_type: ActionType | None) -> None:
        builder = self._new_builder()
        self.sensor_names: tuple[str, ...] = builder.names
        self.observation_space = builder.space()
        kind = action_type or ("joints" if self.body.joints else "continuous")
        self.action_type: ActionType = kind
        robot = self.site.robot
        self._actions: Actions = make_actions(kind, robot, self.body, self.engine.streams, self._period)
        self.action_space = self._actions.space

    def _new_builder(self) -> ObservationBuilder:
        return ObservationBuilder(self.engine.streams, self._period, physics_step=self.engine.physics_step)

    def _find_task(self, name: str, words: Words) -> Task:
        if name not in TASKS:
            raise InputError(f"no task '{name}'; use one of {', '.join(sorted(TASKS))}", field="task")
        task = TASKS[name]
        reason = task.unsupported(self.site)
        if reason is not None:
            raise InputError(f"the world '{self.site.world.name}' cannot host '{name}': {reason}", field="task")
        if reason := without_pairs(task, self.site, words):
            raise InputError(reason, field="words")
        return task

    def _control_period(self, rate: float) -> float:
        step = self.engine.physics_step
        period = 1.0 / rate if rate > 0.0 else 0.0
        count = round(period / step)
        if count < 1 or abs(count * step - period) > 1e-9:
            raise InputError(
                f"a control_rate of {rate:g} Hz is no whole number of physics steps of {step:g} s", field="control_rate"
            )
        return count * step


def _checked_words(words: Any) -> Words:
    if words not in get_args(Words):
        raise InputError(f"no words '{words}'; use one of {', '.join(get_args(Words))}", field="words")
    checked: Words = words
    return checked
