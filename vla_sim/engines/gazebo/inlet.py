"""The streams as they come in: each reading that is due is waited for by its stamp."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.gazebo.decode import TYPES, make_decoder, pressure
from vla_sim.engines.gazebo.lockstep import LockStep, time_ns
from vla_sim.engines.gazebo.topics import stream_topic
from vla_sim.engines.streams import Source
from vla_sim.geometry import Pose
from vla_sim.gz import Node, Subscription
from vla_sim.sensing.clock import SensorClock
from vla_sim.sensing.reading import Reading


class Inlet:
    """One stream of the loaded world, heard from a server."""

    def __init__(self, source: Source, node: Node, physics_step: float):
        self.source = source
        self.name = source.stream.name
        self.topic = stream_topic(source)
        self.silent = source.stream.modality in ("contact", "force")
        """Whether it says nothing where there is nothing to say: a contact sensor without contact."""
        self.rendered = source.stream.modality in ("rgb", "depth", "lidar")
        """Whether it comes from Gazebo's rendering thread, after all that the physics thread says."""
        self._dt = physics_step
        self._clock = SensorClock(source.stream.rate, physics_step)
        self._chatty = source.stream.modality == "joints"
        # Joint states go on while the server is paused: what overflows was said before.
        self._subscription: Subscription = node.subscribe(
            self.topic, type=TYPES[source.stream.modality], newest_only=self._chatty
        )
        self._touched: list[int] = []
        self._pressed: dict[int, float] = {}
        self._presses = source.stream.modality == "force"

    def reset(self, seed: int, origin: Pose) -> None:
        """Forget what was said before; begin with the noise of a seed."""
        self._decode = make_decoder(self.source, seed, self._dt, origin)
        self._subscription.clear()
        self._touched.clear()
        self._pressed.clear()

    def expect(self) -> None:
        """Begin a stretch of time: what comes before it is not due."""
        if not self.silent:
            self._subscription.clear()

    def hear(self, lock: LockStep, stamp_ns: int) -> Any:
        """Return the message of that stamp; whatever else comes before it is let go.

        Raises:
            SimulatorError: it does not come.
        """
        return lock.receive(
            self._subscription,
            lambda message: time_ns(message.header.stamp) == stamp_ns,
            f"the reading of {self.name!r} at {stamp_ns / 1e9:g} s of the server's clock",
        )

    def _heard(self, lock: LockStep, stamps_ns: list[int]) -> Iterator[Any]:
        """Yield the messages of these stamps, in order."""
        found: dict[int, Any] = {}
        if self._chatty and stamps_ns:
            # Of one message a physics step few are due, mostly the last one: they are looked for from the end.
            for message in self._subscription.backwards():
                said: Any = message
                stamp = time_ns(said.header.stamp)
                found[stamp] = said
                if stamp <= stamps_ns[0]:
                    break
        for stamp in stamps_ns:
            yield found[stamp] if stamp in found else self.hear(lock, stamp)

    def readings(self, lock: LockStep, start: int, steps: int, zero_ns: int) -> Iterator[tuple[int, Reading]]:
        """Yield the readings due in the physics steps (start, start + steps], each with its step.

        Args:
            lock: the world, which stands at the end of those steps.
            start: physics steps since the engine's time zero.
            steps: how many.
            zero_ns: the engine's time zero on the server's clock.
        """
        dt_ns = round(self._dt * 1e9)
        due: list[int] = []
        while (step := self._clock.next_after(due[-1] if due else start)) <= start + steps:
            due.append(step)
        if self.silent:
            self._feel(zero_ns, dt_ns)
            data = map(self._pressure if self._presses else self._felt, due)
        else:
            data = map(self._decode, self._heard(lock, [zero_ns + step * dt_ns for step in due]))
        for step, array in zip(due, data, strict=True):
            stamp = round(step * self._dt * 1e9) / 1e9
            yield step, Reading(self.name, stamp, array, stamp)

    def _felt(self, step: int) -> NDArray[np.generic]:
        """Return whether anything was touched since the last reading."""
        touched = any(one <= step for one in self._touched)
        self._touched = [one for one in self._touched if one > step]
        return np.array(touched)

    def _pressure(self, step: int) -> NDArray[np.generic]:
        """Return how hard it is pressed in a step; where nothing was said, nothing touched."""
        force = self._pressed.get(step, 0.0)
        self._pressed = {one: pressed for one, pressed in self._pressed.items() if one > step}
        return np.array(force)

    def _feel(self, zero_ns: int, dt_ns: int) -> None:
        while (message := self._subscription.receive(0)) is not None:
            touched: Any = message
            if touched.contact and (step := (time_ns(touched.header.stamp) - zero_ns) // dt_ns) > 0:
                if self._presses:
                    self._pressed[step] = pressure(touched.contact)
                else:
                    self._touched.append(step)
