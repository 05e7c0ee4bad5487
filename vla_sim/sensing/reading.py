"""What a sensor says at one moment, and the stream it comes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vla_sim.geometry import Pose
from vla_sim.sdf.scene import CameraSpec, LidarSpec

Modality = Literal[
    "rgb",
    "depth",
    "segmentation",
    "lidar",
    "imu",
    "odometry",
    "joints",
    "contact",
    "force",
    "wrench",
    "command",
    "joint_command",
    "language",
]


@dataclass(frozen=True, slots=True)
class Stream:
    """One flow of readings: which sensor, how often, and what an array of it means.

    ========== ======= ==================== =================================================================
    modality   dtype   shape                data
    ========== ======= ==================== =================================================================
    rgb        uint8   (height, width, 3)   red, green, blue
    depth      float32 (height, width)      distance along the optical axis [m]; +inf: nothing within range,
                                            -inf: nearer than the near plane, nan: no measurement (REP-118)
    lidar      float32 (rays,) or           range [m]; +inf: no return, -inf: nearer than range_min, nan: lost
                       (rings, rays)        (REP-117); index 0 is the ray at the smallest angle
    imu        float64 (6,)                 angular velocity x y z [rad/s], specific force x y z [m/s^2], body frame
    odometry   float64 (5,)                 x [m], y [m], yaw [rad], forward speed [m/s], yaw rate [rad/s], from
                                            where the robot stood at the reset
    joints     float64 (joints, 2)          position [rad or m] and velocity [rad/s or m/s] of each of ``Stream.joints``
    contact    bool    ()                   whether a listed collision touches anything at the stamp or since the last
    force      float64 ()                   how hard what touches presses on the listed collisions at the stamp [N]
    wrench     float64 (6,)                 force x y z [N] and torque x y z [N m] across a joint, in the sensor's frame
    command    float64 (2,)                 forward speed [m/s] and yaw rate [rad/s], from the agent to the drive
    joint_c.   float64 (joints, 2)          ``joint_command``: goal [rad or m] and greatest effort [N m or N] of each of
                                            ``Stream.joints``, from the agent to the joints' controllers
    language   str     ()                   the goal's words, from whoever gives them to the agent
    ========== ======= ==================== =================================================================

    The last three are no sensors: they are how faults reach the robot's commands and the words it hears.
    """

    name: str
    modality: Modality
    rate: float
    """Readings a second of simulated time; 0 means one a physics step."""
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    model: str
    link: str
    pose: Pose
    """The sensor's pose in its link's frame."""
    camera: CameraSpec | None = None
    lidar: LidarSpec | None = None
    joints: tuple[str, ...] = ()
    """Names of the joints, in the order of the rows."""


class Reading(NamedTuple):
    """One complete reading. ``stamp`` and ``arrival`` are simulated time [s]; a fault may delay the arrival.

    ``data`` is never written to after it was handed out: a fault returns a new reading.
    """

    sensor: str
    stamp: float
    data: NDArray[np.generic]
    arrival: float

    def replaced(self, data: NDArray[np.generic]) -> Reading:
        """Return the same reading with other data."""
        return Reading(self.sensor, self.stamp, data, self.arrival)
