"""IMU: angular velocity and specific force in the sensor's frame."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.site_data import site_data
from vla_sim.sdf.scene import ImuSpec
from vla_sim.seeding import generator
from vla_sim.sensing.noise import NoiseModel, noise_on
from vla_sim.sensing.reading import Stream


class Imu:
    """One IMU stream.

    The angular velocity is that of the moment; the specific force is the mean over the physics step that ended at
    it, as a discrete engine has it. At rest it is 9.8 m/s^2 upward.
    """

    def __init__(self, stream: Stream, spec: ImuSpec, model: mujoco.MjModel, data: mujoco.MjData, site: int):
        self.stream = stream
        self._channels = (*spec.angular_velocity_noise, *spec.linear_acceleration_noise)
        self._period = 1 / stream.rate if stream.rate > 0 else float(model.opt.timestep)
        self._fixed = bool(model.body_weldid[model.site_bodyid[site]] == 0)
        self._rotation = data.site_xmat[site].reshape(3, 3)
        self._gravity = np.array(model.opt.gravity)
        self._data = site_data(model, data, site)
        self._noise: NoiseModel | None = None

    def reset(self, seed: int) -> None:
        """Draw the biases and start the noise anew."""
        self._noise = noise_on(self._channels, generator(seed, "sensor", self.stream.name))

    def read(self, step: int) -> NDArray[np.generic]:
        """Return the reading at this moment."""
        values = self._at_rest() if self._fixed else self._data.copy()
        return values if self._noise is None else self._noise.apply(values, self._period)

    def _at_rest(self) -> NDArray[np.float64]:
        """Return what a fixed IMU says: MuJoCo's accelerometers read 0 on bodies that cannot move."""
        return np.concatenate([np.zeros(3), self._rotation.T @ -self._gravity])
