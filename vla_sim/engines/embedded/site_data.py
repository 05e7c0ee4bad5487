"""What MuJoCo's own sensors at a site say."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray


def site_data(model: mujoco.MjModel, data: mujoco.MjData, site: int) -> NDArray[np.float64]:
    """Return a view of the six numbers of the two sensors at a site, in the order in which they were added."""
    own = np.flatnonzero((model.sensor_objtype == mujoco.mjtObj.mjOBJ_SITE) & (model.sensor_objid == site))
    start = int(model.sensor_adr[own[0]])
    values: NDArray[np.float64] = data.sensordata[start : start + 6]
    return values
