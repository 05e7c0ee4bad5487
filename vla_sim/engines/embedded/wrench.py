"""Force and torque across a joint."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.site_data import site_data
from vla_sim.sdf.scene import ForceTorqueSpec
from vla_sim.seeding import generator
from vla_sim.sensing.noise import NoiseModel, noise_on
from vla_sim.sensing.reading import Stream


class Wrench:
    """One stream of force and torque, with all that acts on the child: weight, motion and contacts."""

    def __init__(self, stream: Stream, spec: ForceTorqueSpec, model: mujoco.MjModel, data: mujoco.MjData, site: int):
        self.stream = stream
        self._channels = spec.noise
        self._period = 1 / stream.rate if stream.rate > 0 else float(model.opt.timestep)
        # MuJoCo tells what the parent exerts on the child.
        self._sign = 1.0 if spec.to_child else -1.0
        self._data = site_data(model, data, site)
        self._noise: NoiseModel | None = None

    def reset(self, seed: int) -> None:
        """Draw the biases and start the noise anew."""
        self._noise = noise_on(self._channels, generator(seed, "sensor", self.stream.name))

    def read(self, step: int) -> NDArray[np.generic]:
        """Return force [N] and torque [N m] over the physics step that ended at this moment."""
        values = self._sign * self._data
        return values if self._noise is None else self._noise.apply(values, self._period)
