"""How hard it came to: the greatest forces of a stretch of time, for the ground truth."""

from __future__ import annotations

from collections.abc import Iterable

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.contact import normal_forces, total
from vla_sim.engines.embedded.plan import Built
from vla_sim.engines.embedded.site_data import site_data
from vla_sim.engines.streams import Source


class Forces:
    """Watches every sensor of a force or a wrench, whether its readings are wanted or not."""

    def __init__(self, built: Built, data: mujoco.MjData, sources: Iterable[Source]):
        self._pressures: dict[str, list[NDArray[np.float64]]] = {}
        self._wrenches: dict[str, NDArray[np.float64]] = {}
        for source in sources:
            name = source.stream.name
            if source.stream.modality == "force":
                self._pressures[name] = normal_forces(built.model, data, built.pressures[name])
            else:
                self._wrenches[name] = site_data(built.model, data, built.sites[name])[:3]
        self.felt = bool(self._pressures or self._wrenches)
        """Whether there is a sensor at all."""
        self.begin()

    def begin(self) -> None:
        """Begin a stretch of time: forget the peaks."""
        self.peaks = dict.fromkeys((*self._pressures, *self._wrenches), 0.0)
        """The greatest force [N] of each stream."""

    def watch(self) -> None:
        """Take note of the forces of the physics step that ended at this moment."""
        for name, forces in self._pressures.items():
            self.peaks[name] = max(self.peaks[name], total(forces))
        for name, force in self._wrenches.items():
            self.peaks[name] = max(self.peaks[name], float(np.linalg.norm(force)))
