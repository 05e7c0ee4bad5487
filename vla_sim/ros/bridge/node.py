"""The bridge: a simulated robot as a node."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Twist, TwistStamped
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.context import Context
from rclpy.node import Node
from sensor_msgs.msg import JointState

from vla_sim.bench.exit_code import ExitCode
from vla_sim.errors import InputError
from vla_sim.report.ros2_messages import time_fields
from vla_sim.ros.bridge.inbox import Inbox
from vla_sim.ros.bridge.outlets import Outlets
from vla_sim.ros.bridge.pace import SECOND, LockStep, Pace, RealTime
from vla_sim.ros.bridge.services import offer
from vla_sim.ros.bridge.simulation import Programme, Simulation
from vla_sim.ros.bridge.world import WorldSpec, open_world
from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.messages import message_of
from vla_sim.ros.qos import RELIABLE
from vla_sim.ros.readings import command_of, joint_goals_of, stamp_of
from vla_sim.ros.topics import COMMAND, DIAGNOSTICS, JOINT_COMMAND

NAME = "vla_sim_bridge"


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """What the bridge is to do; the ROS parameters of the same names come first where they are given."""

    spec: WorldSpec = field(default_factory=WorldSpec)
    programme: Programme = field(default_factory=Programme)
    seed: int = 0
    pace: float | None = None
    """Seconds of simulated time in one of real time; None: lock-step."""
    patience: float = 1.0
    """Seconds of real time that lock-step waits for a command."""
    wait: float = 30.0
    """Seconds of real time that lock-step waits for an agent."""
    cmd_vel_stamped: bool = True
    cmd_vel_timeout: float = 0.5
    """Seconds of simulated time after which the robot halts without a command; 0: never; not in lock-step."""
    base_frame: str = "base_link"


class BridgeNode(Node):
    """Runs a world in a thread of its own and talks for it.

    Parameters: ``seed``, read at each reset; ``cmd_vel_stamped``, ``cmd_vel_timeout``, ``base_frame``, read at start.

    Args:
        settings: what to do.
        done: set when the simulation has ended by itself.
        say: told one line a trial.

    Raises:
        InputError: the world, the task, a fault or a parameter is wrong.
    """

    def __init__(
        self,
        settings: BridgeSettings,
        done: threading.Event,
        say: Callable[[str], None] = lambda line: None,
        context: Context | None = None,
    ):
        super().__init__(NAME, context=context)
        for name in ("seed", "cmd_vel_stamped", "cmd_vel_timeout", "base_frame"):
            self.declare_parameter(name, getattr(settings, name))
        stamped = bool(self.get_parameter("cmd_vel_stamped").value)
        if not stamped and settings.pace is None:
            raise InputError(
                "lock-step needs stamped commands, which say what they answer; use --pace 1.0, or TwistStamped",
                field="cmd_vel_stamped",
            )
        self.inbox = Inbox()
        self._trials, self._lockstep = settings.programme.trials, settings.pace is None
        self.pace = self._make_pace(settings)
        # The world is made, run and closed in one thread, which its renderer is bound to.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="simulation")
        self._ran: Future[None] | None = None
        try:
            self.world = self._thread.submit(open_world, settings.spec).result()
        except BaseException:
            self._thread.shutdown()
            raise
        try:
            base = str(self.get_parameter("base_frame").value)
            self.outlets = Outlets(self, self.world, base, faulty=bool(settings.spec.faults))
            self.simulation = Simulation(
                self.world, self.inbox, self.pace, self.outlets, settings.programme, self._seed, say
            )
        except BaseException:
            self._thread.submit(self.world.close)
            self._thread.shutdown()
            raise
        body = self.world.body
        self._goals = tuple(joint.name for joint in body.movable)
        self._alone = body.drive is None
        if self._goals:
            # Before the speeds: what has come of both is taken in this order.
            self.create_subscription(JointState, JOINT_COMMAND, self._take_goals, RELIABLE)
        if body.drive is not None and stamped:
            self.create_subscription(TwistStamped, COMMAND, self._take_stamped, RELIABLE)
        elif body.drive is not None:
            self.create_subscription(Twist, COMMAND, self._take, RELIABLE)
        offer(self, self.inbox, lambda: self.simulation.state, done.set)
        self._diagnostics = self.create_publisher(DiagnosticArray, DIAGNOSTICS, RELIABLE)
        self.create_timer(1.0, self._diagnose, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._before = 0
        self._ran = self._thread.submit(self.simulation.run)
        self._ran.add_done_callback(lambda _: done.set())

    def finish(self) -> None:
        """Stop the simulation and wait for its end."""
        self.inbox.ask("stop")
        self._thread.shutdown()

    def exit_code(self) -> ExitCode:
        """Return how it has ended, once it has.

        Raises:
            SimulatorError: the simulator failed.
            NobodyError: the agent that was waited for did not come.
        """
        assert self._ran is not None
        self._ran.result()
        if not self.simulation.complete:
            return ExitCode.INTERRUPTED if self._trials else ExitCode.PASSED
        return ExitCode.PASSED if all(self.simulation.outcomes) else ExitCode.FAILED

    def _make_pace(self, settings: BridgeSettings) -> Pace:
        if settings.pace is None:
            return LockStep(settings.patience, settings.wait)
        time_out = float(self.get_parameter("cmd_vel_timeout").value)
        return RealTime(settings.pace, settings.spec.control_rate, time_out)

    def _seed(self) -> int:
        return int(self.get_parameter("seed").value)

    def _take_stamped(self, message: Any) -> None:
        self._take_in(lambda: self.inbox.order(self._stamp(message), *command_of(message)))

    def _take(self, message: Any) -> None:
        self._take_in(lambda: self.inbox.order(None, *command_of(message)))

    def _take_goals(self, message: Any) -> None:
        goals, alone = self._goals, self._alone
        self._take_in(lambda: self.inbox.aim(self._stamp(message), joint_goals_of(message, goals), alone=alone))

    def _stamp(self, message: Any) -> int | None:
        # A stamp of 0 is none; only lock-step must not take such a command for an answer.
        return stamp_of(message) if self._lockstep else stamp_of(message) or None

    def _take_in(self, take: Callable[[], bool]) -> None:
        try:
            take()
        except MalformedError as error:
            self.inbox.malformed += 1
            self.get_logger().warning(  # type: ignore[no-untyped-call]
                f"a command is ignored: {error}", throttle_duration_sec=5.0
            )

    def _diagnose(self) -> None:
        """Say once a second how it goes."""
        now, pace = self.inbox.now, self.pace
        values = {
            "state": self.simulation.state,
            "time": f"{now / SECOND:.3f}",
            "real-time factor": f"{max(0, now - self._before) / SECOND:.2f}",
            "behind [s]": f"{pace.lost:.2f}",
            "late commands": str(pace.late),
            "refused commands": str(self.inbox.refused),
            "malformed commands": str(self.inbox.malformed),
        }
        troubles = [name for name in list(values)[3:] if float(values[name]) > 0.0]
        self._before = now
        status = {
            "name": f"{NAME}: simulation",
            "level": b"\x01" if troubles else b"\x00",
            "message": ", ".join(f"{values[name]} {name}" for name in troubles) or self.simulation.state,
            "hardware_id": self.world.scene.name,
            "values": [{"key": key, "value": value} for key, value in values.items()],
        }
        stamp = time_fields(now / SECOND)
        fields = {"header": {"stamp": stamp}, "status": [status]}
        self._diagnostics.publish(message_of("diagnostic_msgs/msg/DiagnosticArray", fields))
