"""Faults of colour cameras: how they are mounted, and what their optics do to straight lines."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.camera import RGB
from vla_sim.faults.image import resampled, warped
from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Stream

Image = NDArray[Any]
Matrix = NDArray[np.float64]


@register
class MountRotation(DataKind):
    """The camera has been knocked and looks elsewhere than its calibration says.

    It is turned about an axis that is drawn once a trial.
    Exact for what the camera still sees; what comes into its view from outside is black. MultiCorrupt's spatial
    misalignment (Beemelmanns et al., IV 2024) turns a LiDAR by 1, 2 and 3 degrees about each axis; the levels begin
    there and double.
    """

    family = "camera"
    name = "mount_rotation"
    version = 2
    modalities = RGB
    parameters = (Parameter("angle", "rad", (0.0175, 0.035, 0.07, 0.14, 0.28), "1, 2, 4, 8, 16 degrees", high=1.5),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._axis = rng.standard_normal(3)
        self._axis /= math.sqrt(float((self._axis**2).sum()))

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the turned view."""
        pinhole = _pinhole(self.stream)
        turn, _ = cv2.Rodrigues(self._axis * values["angle"])
        return warped(data, pinhole @ turn @ np.linalg.inv(pinhole))


@register
class FieldOfView(DataKind):
    """A narrower field of view than the calibration says, as of a lens that was swapped or a driver that crops.

    Levels: our own, up to a lens of three times the focal length.
    """

    family = "camera"
    name = "field_of_view"
    version = 2
    modalities = RGB
    parameters = (Parameter("zoom", "1", (1.1, 1.25, 1.5, 2.0, 3.0), "magnification", clean=1.0, low=1.0, high=20.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the magnified middle."""
        height, width = data.shape[:2]
        scale = 1.0 / values["zoom"]
        x, y = (width - 1) / 2, (height - 1) / 2
        return warped(data, np.array([[scale, 0, x - scale * x], [0, scale, y - scale * y], [0, 0, 1.0]]))


@register
class Flip(DataKind):
    """The picture is upside down, as of a camera that was mounted so, or of a driver's wrong setting.

    Below severity 1 each image is turned with a probability, as of a driver that cannot decide.
    """

    family = "camera"
    name = "flip"
    modalities = RGB
    parameters = (Parameter.probability("share of turned images"),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the image turned by half a circle, or the same one."""
        turned = self.chance(self.stamp) < values["probability"]
        return np.ascontiguousarray(data[::-1, ::-1]) if turned else data


@register
class LensDistortion(DataKind):
    """Straight lines are bent outwards (barrel), as of a wide lens whose calibration was lost.

    r' = r (1 + k r^2), the first term of Brown's model, with r in focal lengths.

    Levels: our own, doubling, from a lens that is slightly off to a strong barrel.
    """

    family = "camera"
    name = "lens_distortion"
    version = 2
    modalities = RGB
    parameters = (Parameter("k", "1", (0.05, 0.1, 0.2, 0.4, 0.8), "radial coefficient", high=10.0),)

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the bent image."""
        pinhole = _pinhole(self.stream)
        fx, fy, cx, cy = pinhole[0, 0], pinhole[1, 1], pinhole[0, 2], pinhole[1, 2]
        height, width = data.shape[:2]
        y, x = np.mgrid[0:height, 0:width]
        across, down = (x - cx) / fx, (y - cy) / fy
        gain = 1.0 + values["k"] * (across * across + down * down)
        return resampled(data, cx + fx * across * gain, cy + fy * down * gain)


@register
class ImageShift(DataKind):
    """The picture is shifted, as of a sensor that has come loose from its lens; which way is drawn once a trial.

    Levels: our own.
    """

    family = "camera"
    name = "image_shift"
    version = 2
    modalities = RGB
    parameters = (Parameter("shift", "of the width", (0.02, 0.05, 0.1, 0.2, 0.4), "length of the shift", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._direction = 2.0 * math.pi * rng.random()

    def corrupt(self, data: Image, values: Values) -> Image:
        """Return the shifted image, black where nothing is known."""
        length = values["shift"] * data.shape[1]
        back = np.eye(3)
        back[:2, 2] = length * math.cos(self._direction), length * math.sin(self._direction)
        return warped(data, back)


def _pinhole(stream: Stream) -> Matrix:
    """Return the camera's matrix."""
    spec = stream.camera
    assert spec is not None
    return np.array([[spec.fx, 0, spec.cx - 0.5], [0, spec.fy, spec.cy - 0.5], [0, 0, 1.0]])
