"""The agent as a lifecycle node: what a robot senses and the words that it hears in, commands out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import Clock, JumpThreshold
from rclpy.clock_type import ClockType
from rclpy.duration import Duration
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.exceptions import ParameterException
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter

from vla_sim import seeding
from vla_sim.errors import InputError
from vla_sim.ros.agent import parameters
from vla_sim.ros.agent.diagnostics import Condition, Figures, report
from vla_sim.ros.agent.gate import CommandGate
from vla_sim.ros.agent.inbox import Inbox
from vla_sim.ros.agent.loading import load_loop
from vla_sim.ros.agent.parameters import Settings
from vla_sim.ros.agent.pilot import Pilot
from vla_sim.ros.agent.topics import AgentTopics
from vla_sim.ros.agent.watchdog import Watchdog
from vla_sim.ros.agent.worker import Job, Worker
from vla_sim.ros.messages import message_class
from vla_sim.ros.qos import LATCHED, RELIABLE, SENSOR, lasting
from vla_sim.ros.robot import load_robot
from vla_sim.ros.synchroniser import Batch
from vla_sim.ros.topics import WORDS, info_topic, topics_of
from vla_sim.sensing.reading import Modality, Stream

_TYPES: dict[Modality, str] = {
    "rgb": "sensor_msgs/msg/Image",
    "depth": "sensor_msgs/msg/Image",
    "lidar": "sensor_msgs/msg/LaserScan",
    "imu": "sensor_msgs/msg/Imu",
    "odometry": "nav_msgs/msg/Odometry",
    "joints": "sensor_msgs/msg/JointState",
    "contact": "std_msgs/msg/Bool",
    "force": "std_msgs/msg/Float64",
    "wrench": "geometry_msgs/msg/WrenchStamped",
}
_LOOK, _LOOK_SIMULATED = 0.01, 0.005
"""How often to look whether a batch is due by time alone [s of wall time]."""
_QUEUE = 1.0
"""How much of a stream's data its queue holds [s]; of pictures, five."""
_FAREWELL = 1.0
"""How long to wait for the last command to arrive, and for an agent to finish what it is at [s]."""
_THROTTLE = 5.0
"""Time between two lines about the same kind of trouble [s]."""

_SUCCESS, _FAILURE, _ERROR = (
    TransitionCallbackReturn.SUCCESS,
    TransitionCallbackReturn.FAILURE,
    TransitionCallbackReturn.ERROR,
)


class AgentNode(LifecycleNode):
    """Configuring loads the agent, activating lets it drive; whatever ends that ends with a zero command.

    Callbacks run in one thread, inference in another. Commands are stamped with the time of the batch that they were
    decided on.

    Args:
        name: the node's.
        options: those of ``rclpy``'s nodes.

    Raises:
        InputError: a parameter was given a value that it cannot have.
    """

    def __init__(self, name: str = "vla_agent", **options: Any):
        super().__init__(name, **options)
        self._log: Any = Node.get_logger(self)
        self._change = self._service_change_state.callback
        self._service_change_state.callback = self._asked
        parameters.declare(self)
        self.add_on_set_parameters_callback(self._set)
        self.problem = ""
        """Why the node could not be configured or activated last."""
        self._words = ""
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._topics: AgentTopics | None = None
        self._worker: Worker | None = None
        self._kept: list[Callable[[], Any]] = []
        """How to take away what configuring made."""
        self._ears: list[Callable[[], Any]] = []
        """How to take away what activating made."""
        self._failure = ""
        self._finished = False

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the agent and offer its topics; what is missing or does not fit is said in a line, and a failure."""
        try:
            self._settings = settings = parameters.read(self)
            self._robot = load_robot(settings.robot, settings.sensors or None)
            Inbox(self._robot.streams, settings.period, settings.sync_window, simulated=False)
            loop = load_loop(settings, self._robot)
        except (InputError, ParameterException) as error:
            return self._cannot(str(error))
        self._topics = topics = AgentTopics(self, settings, self._robot, self._failed)
        self._gate = CommandGate(topics.command)
        self._watchdog = Watchdog(settings.watchdog)
        self._figures = Figures()
        self._pilot = Pilot(loop, self._robot, self._gate, self._watchdog, self._figures, self._now, topics)
        self._pilot.attention_rate = settings.attention_rate
        self._missing: tuple[str, ...] = ()
        self._resets = 0
        self._kept = [topics.close]
        for quality in (RELIABLE, LATCHED):
            # A publisher matches one of them at least; of the other one nothing need be said.
            silent = SubscriptionEventCallbacks(use_default_callbacks=False)
            self._kept.append(
                self._listen(message_class("std_msgs/msg/String"), WORDS, self._hear, quality, event_callbacks=silent)
            )
        self._kept.append(self._every(1.0, self._diagnose))
        topics.state("inactive", self._words)
        return _SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen to the sensors and drive."""
        if self._finished or self._topics is None:
            return _FAILURE
        settings, streams = self._settings, self._robot.streams
        simulated = bool(self.get_parameter("use_sim_time").value)
        self._inbox = Inbox(streams, settings.period, settings.sync_window, simulated=simulated)
        self._worker = Worker(self._pilot.decide, self._pilot.reset)
        self._watchdog.simulated = simulated
        now, wall = self._now(), time.monotonic()
        self._inbox.restart(now, wall)
        self._begin(now, wall)
        self._subscribe(settings)
        jumps = JumpThreshold(min_forward=Duration(nanoseconds=1), min_backward=Duration(nanoseconds=-1))
        clock: Any = self.get_clock()
        handle = clock.create_jump_callback(jumps, post_callback=lambda _: self._look())
        self._ears += [handle.unregister, self._every(_LOOK_SIMULATED if simulated else _LOOK, self._watch)]
        return _SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the robot to a halt."""
        return _SUCCESS if self._halt() else _ERROR

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unload the agent."""
        self._halt()
        while self._kept:
            self._kept.pop()()
        self._topics = None
        return _SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the robot to a halt and unload the agent."""
        return self.on_cleanup(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the robot to a halt and unload the agent: it may be configured again."""
        return self.on_cleanup(state)

    def start(self) -> None:
        """Configure and activate, before the node is spun.

        Raises:
            InputError: it cannot be done.
        """
        transitions: tuple[Callable[[], Any], ...] = (self.trigger_configure, self.trigger_activate)
        for transition in transitions:
            if transition() != _SUCCESS:
                raise InputError(self.problem or "the node cannot be activated")

    def finish(self) -> None:
        """Bring the robot to a halt for good; from any thread."""
        self._finished = True
        if self._topics is None:
            return
        self._gate.end(self._now())
        self._topics.decision = None
        self._topics.state("inactive", self._words)
        self._topics.flush(_FAREWELL)
        if self._worker is not None:
            self._worker.stop(_FAREWELL)

    def _asked(self, request: Any, response: Any) -> Any:
        """Take a request for a transition; one that the present state does not have would end the executor."""
        try:
            return self._change(request, response)
        except rclpy_implementation.RCLError as error:
            self._log.warning(f"no such transition now: {error}")
            response.success = False
            return response

    def _halt(self) -> bool:
        """End with a zero command, and say if the agent has ended too."""
        if self._topics is None or self._worker is None:
            return True
        self._gate.close(self._now())
        while self._ears:
            self._ears.pop()()
        worker, self._worker = self._worker, None
        self._topics.decision = None
        self._topics.state("inactive", self._words)
        if worker.stop(_FAREWELL):
            return True
        self._log.error("the agent does not answer; it is left behind")
        return False

    def _cannot(self, problem: str) -> TransitionCallbackReturn:
        self.problem = problem
        self._log.error(problem)
        return _FAILURE

    def _begin(self, now: int, wall: float) -> None:
        """Begin anew: at a stand, with nothing sensed."""
        assert self._worker is not None
        self._worker.reset(seeding.derive_seed(self._settings.seed, "reset", self._resets))
        self._resets += 1
        self._watchdog.restart(now, wall)
        self._gate.open(now)

    # --- what comes in --------------------------------------------------------------------------------------------

    def _subscribe(self, settings: Settings) -> None:
        topics = topics_of(self._robot.streams)
        # What has no stamps first: where several wait, they are taken in this order.
        for name, stream in sorted(self._robot.streams.items(), key=lambda item: item[1].modality != "contact"):
            if stream.modality not in _TYPES:
                continue
            topic, kind, quality = topics[name], _TYPES[stream.modality], _quality(stream)
            if stream.camera is not None:
                info = message_class("sensor_msgs/msg/CameraInfo")
                self._ears.append(self._listen(info, info_topic(topic), partial(self._calibrate, name), SENSOR))
            if stream.modality == "rgb" and settings.image_transport == "compressed":
                topic, kind = f"{topic}/compressed", "sensor_msgs/msg/CompressedImage"
            self._ears.append(self._listen(message_class(kind), topic, partial(self._receive, name), quality))

    def _listen(
        self, kind: type[Any], topic: str, callback: Callable[[Any], None], quality: Any, **options: Any
    ) -> Callable[[], Any]:
        return partial(self.destroy_subscription, self.create_subscription(kind, topic, callback, quality, **options))

    def _every(self, seconds: float, callback: Callable[[], None]) -> Callable[[], Any]:
        return partial(self.destroy_timer, self.create_timer(seconds, callback, clock=self._steady))

    def _hear(self, message: Any) -> None:
        if message.data != self._words:
            self._words = message.data
            self._log.info(f"heard '{self._words}'")

    def _calibrate(self, name: str, message: Any) -> None:
        self._inbox.calibrate(name, message)

    def _receive(self, name: str, message: Any) -> None:
        self._advance()
        if not self._inbox.take(name, message, time.monotonic()):
            self._warn(f"a malformed message; {self._inbox.problem}")
        self._look()

    def _advance(self) -> None:
        """Take the time, and begin anew where it has jumped."""
        now, wall = self._now(), time.monotonic()
        jump = self._inbox.advance(now, wall)
        if jump:
            self._begin(now, wall)
        if jump == "back":
            self._log.info("time jumped back: the agent begins anew, at a stand")

    def _look(self) -> None:
        """Give the agent the batch that is due, if one is."""
        if self._worker is None:
            return
        self._advance()
        batch: Batch | None = self._inbox.due(time.monotonic())
        if batch is not None:
            self._missing = batch.missing
            stamp = self._inbox.ros_time(batch.time)
            self._worker.submit(Job(batch, self._words, stamp, self._gate.generation))

    def _watch(self) -> None:
        """Look at the clocks; where the watchdog has reason to, the robot is told to stand, again and again."""
        if self._worker is None or self._topics is None:
            return
        self._inbox.look()
        self._look()
        now, wall, before = self._now(), time.monotonic(), self._watchdog.reason
        reason = self._watchdog.check(now, wall, self._inbox.progress, self._worker.busy_since)
        if reason and (not before or wall - self._gate.sent >= self._watchdog.limit):
            self._gate.halt(now)
            if not self._watchdog.simulated:
                self._pilot.halted()
            self._topics.state("watchdog", self._words, reason)
            self._warn(f"the robot is told to stand: {reason}")

    def _diagnose(self) -> None:
        if self._topics is None:
            return
        active = self._worker is not None
        inbox = self._inbox if active else None
        decision = self._topics.decision
        condition = Condition(
            active=active,
            waiting="no /clock yet" if active and not self._now() else "" if self._words.strip() else "no words yet",
            watchdog=self._watchdog.reason,
            trips=self._watchdog.trips,
            held="" if decision is None else decision.held,
            failure=self._failure,
            overtaken=0 if self._worker is None else self._worker.dropped,
            malformed=dict(inbox.malformed) if inbox else {},
            problem=inbox.problem if inbox else "",
            late=inbox.late if inbox else 0,
            queued=inbox.queued if inbox else 0,
            missed=dict(inbox.missing) if inbox else {},
            missing=self._missing,
            guesses=tuple(inbox.guesses) if inbox else (),
        )
        self._failure = ""
        self._topics.diagnose(self._now(), report(self._robot.name, self._figures.read(), condition))

    def _failed(self, error: str) -> None:
        """Hear in the inference thread of an agent that raised."""
        self._failure = f"the agent failed: {error}"
        self._log.error(self._failure, throttle_duration_sec=_THROTTLE)

    def _warn(self, text: str) -> None:
        self._log.warning(text, throttle_duration_sec=_THROTTLE)

    def _set(self, changed: Sequence[Parameter]) -> SetParametersResult:
        reason = parameters.refusal(changed, configured=self._topics is not None)
        if not reason and self._topics is not None:
            for parameter in changed:
                if parameter.name == "confidence_threshold":
                    self._pilot.loop.threshold = parameter.value
                elif parameter.name == "attention_rate":
                    self._pilot.attention_rate = parameter.value
        return SetParametersResult(successful=not reason, reason=reason)

    def _now(self) -> int:
        """Return the node's time [ns]; 0 while a simulation's is not known."""
        return int(self.get_clock().now().nanoseconds)


def _quality(stream: Stream) -> Any:
    """Return the quality of a subscription: best effort, with a queue that lasts while the executor is busy."""
    return SENSOR if stream.camera is not None else lasting(max(5, round(stream.rate * _QUEUE)))
