"""Who touches whom: the contact sensors, and what the ground truth says of contacts."""

from __future__ import annotations

from typing import NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.plan import Built, BuiltModel
from vla_sim.sdf.scene import ContactSpec
from vla_sim.sensing.reading import Stream

_REMEMBERED = 4096

_NOTHING: frozenset[str] = frozenset()

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


class PressureSensor:
    """One force stream: the sum of the normal forces of all contacts of the listed collisions."""

    def __init__(self, stream: Stream, model: mujoco.MjModel, data: mujoco.MjData, sensors: list[int]):
        self.stream = stream
        self._normal = normal_forces(model, data, sensors)

    def reset(self, seed: int) -> None:
        """Nothing is kept between readings."""

    def read(self, step: int) -> NDArray[np.generic]:
        """Return the force [N] over the physics step that ended at this moment."""
        return np.array(total(self._normal))


def normal_forces(model: mujoco.MjModel, data: mujoco.MjData, sensors: list[int]) -> list[NDArray[np.float64]]:
    """Return views of the forces [N] along the normals of the contacts that sensors tell of, one view a sensor."""
    starts = [(int(model.sensor_adr[sensor]), int(model.sensor_dim[sensor])) for sensor in sensors]
    # A contact's force is told along its normal first, then across it.
    return [data.sensordata[start : start + size : 3] for start, size in starts]


def total(forces: list[NDArray[np.float64]]) -> float:
    """Return the sum of the amounts of forces [N]."""
    return sum(float(np.abs(force).sum()) for force in forces)


class Meaning(NamedTuple):
    """What a set of touching geoms means: pairs of models, and which contact sensors feel which models."""

    pairs: frozenset[Pair]
    felt: tuple[tuple[ContactSensor, frozenset[str]], ...]


class Touches:
    """Watches the contacts of the physics; what a set of touching geoms means is worked out once.

    ``sensors`` are all contact sensors of the world, whether their readings are wanted or not.
    """

    def __init__(self, built: Built, data: mujoco.MjData, sensors: list[ContactSensor]):
        self._data = data
        self._owner = built.geom_model
        self._names = built.names
        self._sensors = sensors
        self._known: dict[bytes, Meaning] = {}
        self.pairs: set[Pair] = set()
        self.felt: dict[str, frozenset[str]] = {}
        """The models that each contact sensor has felt."""
        self.sensed = bool(sensors)
        """Whether a sensor feels the contacts."""

    def begin(self) -> None:
        """Begin a stretch of time: forget what touched."""
        self.pairs = set()
        self.felt = {sensor.stream.name: _NOTHING for sensor in self._sensors}

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
        self.pairs |= known.pairs
        for sensor, models in known.felt:
            sensor.touched = True
            self.felt[sensor.stream.name] |= models

    def _meaning(self, geoms: NDArray[np.int32]) -> Meaning:
        pairs = set()
        for one, two in self._owner[geoms]:
            a, b = sorted((self._names[one], self._names[two]))
            pairs.add((a, b))
        met = [(sensor, self._met(sensor, geoms)) for sensor in self._sensors]
        return Meaning(frozenset(pairs), tuple((sensor, models) for sensor, models in met if models))

    def _met(self, sensor: ContactSensor, geoms: NDArray[np.int32]) -> frozenset[str]:
        """Return the models that touch a sensor's collisions."""
        others = [other for pair in geoms.tolist() for one, other in (pair, pair[::-1]) if one in sensor.geoms]
        return frozenset(self._names[self._owner[other]] for other in others)
