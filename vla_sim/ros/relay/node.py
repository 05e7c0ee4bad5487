"""The relay: a robot's topics, published again with faults on them."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

from rclpy.clock import Clock, JumpThreshold
from rclpy.clock_type import ClockType
from rclpy.context import Context
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Empty, String
from std_srvs.srv import SetBool

from vla_sim.faults.target import GOAL
from vla_sim.ros.messages import message_of
from vla_sim.ros.qos import LATCHED, RELIABLE
from vla_sim.ros.readings import SECOND, stamp_of
from vla_sim.ros.relay.channel import Channel
from vla_sim.ros.relay.dead_man import DeadMan
from vla_sim.ros.relay.plan import RelayPlan
from vla_sim.ros.relay.route import Route
from vla_sim.ros.relay.routes import routes_of
from vla_sim.ros.relay.spoken import SpokenWords
from vla_sim.ros.relay.status import status_of
from vla_sim.ros.relay.underway import Underway

NAME = "vla_sim_faults"
_DISCOVER, _TICK, _TELL = 0.1, 0.005, 0.1
"""Seconds between two looks at who publishes, at what is due, and at what there is to tell."""
_DAWN = SECOND // 1000
"""A time before this [ns] is that of a simulation that is about to begin at 0."""
_BEGINNING = SECOND
"""A simulation's first time, or its first after a jump back, is after a beginning at 0 if it is less [ns]."""
_STEP_BACK = SECOND
"""A robot's own clock is set right now and then; only more than this [ns] is a jump back."""
_FROM_START = "armed from the start"
_FLUSH = Duration(seconds=1)


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """What the relay is to do; the ROS parameters of the same names come first where they are given."""

    plan: RelayPlan
    arm: bool = False
    """Whether it is armed from the first time on that its clock tells."""
    prefix: str = "faulted/"
    """What comes before the names of topics on the agent's side."""
    dead_man: float = 2.0
    """Seconds of real time without ``~/keep_alive`` after which it disarms; 0: never."""


class RelayNode(Node):
    """Passes everything on, byte for byte; while it is armed, with the faults of a plan.

    Parameters: ``seed``, read at each arming and restart; ``dead_man``, ``prefix``, read at start.
    """

    def __init__(self, settings: RelaySettings, context: Context | None = None, **options: Any):
        super().__init__(NAME, context=context, **options)
        self._log: Any = Node.get_logger(self)
        for name, value in (
            ("seed", settings.plan.seed),
            ("dead_man", settings.dead_man),
            ("prefix", settings.prefix),
        ):
            self.declare_parameter(name, value)
        self.plan = settings.plan
        base = self.plan.injector()
        self._touched = {name for name in self.plan.streams if base.touches(name)}
        self._schedule = base
        self.routes = routes_of(self.plan, str(self.get_parameter("prefix").value))
        self._channels: dict[str, Channel] = {}
        """By the topic that is subscribed."""
        self.words, self._said = SpokenWords(self.plan), ""
        self._underway = Underway()
        self._dead_man = DeadMan(float(self.get_parameter("dead_man").value))
        self.armed, self._epoch, self._why = False, 0, "not armed yet"
        self._waits = settings.arm
        self._last = 0
        self._lock, self._ended = threading.RLock(), False
        self._told, self._told_at = "", 0.0
        self._status = self.create_publisher(String, "~/faults", LATCHED)
        self.create_service(SetBool, "~/arm", self._on_arm)
        self.create_subscription(Empty, "~/keep_alive", self._on_keep_alive, RELIABLE)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._discovery = self.create_timer(_DISCOVER, self._discover, clock=steady)
        self._ticker = self.create_timer(_TICK, self._tick, clock=steady)
        jumps = JumpThreshold(min_forward=Duration(nanoseconds=1), min_backward=Duration(nanoseconds=-1))
        clock: Any = self.get_clock()
        self._jumps = clock.create_jump_callback(jumps, post_callback=lambda _: self._tick())
        self._tell(now=0)

    def finish(self) -> None:
        """Let everything pass again; the robot is told to stand if its commands went through here."""
        with self._lock:
            self._ended = True
            self._disarm("the relay has ended")
        for route in self.routes:
            if route.modality == "command" and route.publisher is not None:
                route.publisher.wait_for_all_acked(_FLUSH)

    # --- arming -----------------------------------------------------------------------------------------------------

    def _on_arm(self, request: Any, response: Any) -> Any:
        with self._lock:
            if request.data:
                now, self._waits = self._now(), False
                self._arm(0 if now < _DAWN else now, "armed")
            elif self.armed or self._waits:
                self._disarm("disarmed")
        response.success = True
        response.message = self._why
        return response

    def _on_keep_alive(self, _: Any) -> None:
        self._dead_man.touch(time.monotonic())

    def _arm(self, epoch: int, why: str, *, reset: bool = False) -> None:
        """Begin the schedules at a time [ns]; after a ``reset`` of a simulation, which says the words anew."""
        self.plan = self.plan.seeded(int(self.get_parameter("seed").value))
        self._schedule = self.plan.injector()
        self._underway.clear()
        for channel in self._channels.values():
            channel.restart(self.plan, epoch)
        self.words.restart(self.plan, epoch, "" if reset else self._said)
        self.armed, self._epoch, self._why = True, epoch, why
        if reset:
            self.words.words = ""
        else:
            self._dead_man.touch(time.monotonic())
            if self.words.words and GOAL in self._touched:
                self.words.say(self.words.words, epoch)
                self._hear()
        self._log.info(f"{why}: {', '.join(map(str, self.plan.faults)) or 'no faults'}, from {epoch / SECOND:g} s on")
        self._tell(self._now())

    def _disarm(self, why: str) -> None:
        """Pass everything as it is, and forget what is underway."""
        was, self.armed, self._waits, self._why = self.armed, False, False, why
        self._underway.clear()
        for route in self.routes:
            if route.modality == "command" and route.sent:
                self._halt(route)
        if self.words.words not in ("", self._said):
            self._speak(self.words.words)
        if was:
            self._log.warning(f"{why}: everything passes as it is")
        self._tell(self._now())

    def _halt(self, route: Route) -> None:
        assert route.kind is not None
        message = route.kind()
        if hasattr(message, "header"):
            message.header.stamp = self.get_clock().now().to_msg()
        route.send(serialize_message(message))

    # --- time -------------------------------------------------------------------------------------------------------

    def _now(self) -> int:
        """Return the node's time [ns]; 0 while a simulation's is not known."""
        return int(self.get_clock().now().nanoseconds)

    def _advance(self) -> int:
        """Take the time [ns], begin anew where it has jumped back, and return it."""
        now, last = self._now(), self._last
        simulated = bool(self.get_parameter("use_sim_time").value)
        self._last = now
        if now and self._waits:
            self._waits = False
            self._arm(0 if simulated and now < _BEGINNING else now, _FROM_START)
        elif now < last - (0 if simulated else _STEP_BACK):
            for route in self.routes:
                route.newest = -1
            if self.armed:
                self._arm(0 if simulated and now < _BEGINNING else now, "time jumped back", reset=True)
        return now

    def _tick(self) -> None:
        """Do what is due."""
        with self._lock:
            self._do_what_is_due(self._advance())

    def _do_what_is_due(self, now: int) -> None:
        if not self.armed:
            return
        if self._dead_man.expired(time.monotonic()):
            self._disarm(f"nobody kept the faults alive for {self._dead_man.limit:g} s")
            return
        self._underway.release(now)
        if GOAL in self._touched:
            self.words.advance(now)
            self._hear()
        self._tell(now, pressing=False)

    # --- messages ---------------------------------------------------------------------------------------------------

    def _discover(self) -> None:
        """Open each route whose source somebody publishes."""
        with self._lock:
            self._open_routes()
        if all(route.publisher is not None for route in self.routes):
            self._discovery.cancel()

    def _open_routes(self) -> None:
        for route in self.routes:
            if route.publisher is None and route.open(self, self._take):
                assert route.kind is not None
                assert route.publisher is not None
                self._log.info(f"{self.resolve_topic_name(route.source)} -> {route.publisher.topic_name}")
                if route.name in self._touched and route.name != GOAL and not route.describes:
                    channel = Channel(self.plan, route.name, route.kind)
                    channel.restart(self.plan, self._epoch)
                    self._channels[route.source] = channel

    def _take(self, route: Route, data: bytes) -> None:
        with self._lock:
            if not self._ended:
                self._pass_on(route, data, self._advance())

    def _pass_on(self, route: Route, data: bytes, now: int) -> None:
        if route.describes:
            self._calibrate(route, data)
        elif route.modality == "language":
            self._say(route, data, now)
            return
        channel = self._channels.get(route.source)
        if channel is not None and self._waits:
            self._begin_with(deserialize_message(data, route.kind))
        if channel is None or not self.armed:
            route.send(data)
            return
        before = channel.malformed
        for delivery in channel.take(data, now):
            self._underway.put(delivery, route.deliver)
        if channel.malformed > before:
            self._log.warning(f"no fault on {route.source}: {channel.problem}", throttle_duration_sec=5.0)
        self._underway.release(max(now, channel.reached))

    def _begin_with(self, message: Any) -> None:
        """Be armed by a reading whose stamp tells a simulation's time before the clock's own message does."""
        stamp = stamp_of(message) if hasattr(message, "header") else 0
        if stamp and bool(self.get_parameter("use_sim_time").value):
            self._waits = False
            self._arm(0 if stamp < _BEGINNING else stamp, _FROM_START)

    def _calibrate(self, route: Route, data: bytes) -> None:
        for other in self.routes:
            if other.name == route.name and other.source in self._channels:
                self._channels[other.source].calibrate(deserialize_message(data, route.kind))

    def _say(self, route: Route, data: bytes, now: int) -> None:
        words = str(deserialize_message(data, route.kind).data)
        if self._waits and GOAL in self._touched:
            self.words.words = words  # they are said when the time is known
        elif self.armed and GOAL in self._touched:
            self.words.say(words, now)
            self._hear()
        else:
            self.words.words = self._said = words
            route.send(data)

    def _hear(self) -> None:
        """Tell the agent what it hears, when that is something else."""
        if self._said != self.words.heard:
            self._speak(self.words.heard)

    def _speak(self, words: str) -> None:
        self._said = words
        for route in self.routes:
            if route.modality == "language" and route.publisher is not None:
                route.send(serialize_message(message_of("std_msgs/msg/String", {"data": words})))

    # --- what it does -----------------------------------------------------------------------------------------------

    def _tell(self, now: int, *, pressing: bool = True) -> None:
        """Publish what is asked, applied and on, when it has changed; looked at ten times a second at most."""
        wall = time.monotonic()
        if not pressing and wall - self._told_at < _TELL:
            return
        self._told_at = wall
        faulty = [(route, self._channels[route.source]) for route in self.routes if route.source in self._channels]
        injectors = [(GOAL, self.words.injector), *((route.name, channel.injector) for route, channel in faulty)]
        malformed = {route.source: channel.malformed for route, channel in faulty}
        told = json.dumps(
            status_of(
                self.plan,
                injectors,
                self._schedule,
                (now - self._epoch) / SECOND,
                malformed,
                self.armed,
                self._epoch,
                self._why,
            )
        )
        if told != self._told:
            self._told = told
            self._status.publish(String(data=told))
