"""Who touches whom: the contact sensors, and the pairs of models of the ground truth."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.plan import Built, BuiltModel
from vla_sim.sdf.scene import ContactSpec
from vla_sim.sensing.reading import Stream

_REMEMBERED = 4096

Pair = tuple[str, str]


class ContactSensor:
    """One contact stream: whether a listed collision touched anything since the last reading."""

    def __init__(self, stream: Stream, spec: ContactSpec, owner: BuiltModel):
        self.stream = stream
        self.geoms = frozenset(
            geom
            for (link, name), geoms in owner.collisions.items()
            if link == stream.link and (not spec.collisions or name in spec.collisions)
            for geom in geoms
        )
        self.touched = False

    def reset(self, seed: int) -> None:
        """Forget the touches."""
        self.touched = False

    def read(self, step: int) -> NDArray[np.generic]:
        """Return whether it was touched, and start anew."""
        touched, self.touched = self.touched, False
        return np.array(touched)


class Touches:
    """Watches the contacts of the physics; what a set of touching geoms means is worked out once."""

    def __init__(self, built: Built, data: mujoco.MjData, sensors: list[ContactSensor]):
        self._data = data
        self._owner = built.geom_model
        self._names = built.names
        self._sensors = sensors
        self._known: dict[bytes, tuple[frozenset[Pair], tuple[ContactSensor, ...]]] = {}
        self.pairs: set[Pair] = set()
        self.felt = bool(sensors)
        """Whether a sensor feels the contacts."""

    def begin(self) -> None:
        """Begin a stretch of time: forget what touched."""
        self.pairs = set()

    def watch(self) -> None:
        """Take note of the contacts of this moment."""
        geoms = self._data.contact.geom
        key = geoms.tobytes()
        known = self._known.get(key)
        if known is None:
            known = self._meaning(geoms)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = known
        self.pairs |= known[0]
        for sensor in known[1]:
            sensor.touched = True

    def _meaning(self, geoms: NDArray[np.int32]) -> tuple[frozenset[Pair], tuple[ContactSensor, ...]]:
        pairs = set()
        for one, two in self._owner[geoms]:
            a, b = sorted((self._names[one], self._names[two]))
            pairs.add((a, b))
        present = set(geoms.ravel().tolist())
        return frozenset(pairs), tuple(sensor for sensor in self._sensors if sensor.geoms & present)
