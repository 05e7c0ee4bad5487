"""What a frame of a dataset consists of: LeRobot's features, and which of them are an agent's sensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from vla_sim.errors import InputError
from vla_sim.sensing.reading import Modality, Stream

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

Scalar = Literal["uint8", "uint16", "int8", "int32", "int64", "float32", "float64", "bool"]

STATE = "observation.state"
ACTION, EXECUTED = "action", "executed_action"
"""What the demonstrator does (or would do), and what was done, where they differ. The second is not called
``action.*``: LeRobot would take it for another output of the policy."""
REWARD, DONE, SUCCESS = "next.reward", "next.done", "next.success"
FAULT = "fault.active"
STAMP, AGE, VALID = "observation.stamp", "observation.age", "observation.valid"
ODOMETRY = ("x", "y", "yaw", "linear", "angular")
COMMANDS = ("linear", "angular")
LINES = ("command", "goal")
LABELS = (None, "continuous", "joints")
"""Types of actions that a dataset holds: what the robot is told, as numbers."""
"""What faults may act on beside sensors."""

MILLIMETRE = 1e-3
_FARTHEST = np.iinfo(np.uint16).max * MILLIMETRE
_TAKEN = {STATE, STAMP, AGE, VALID}


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Feature(_Frozen):
    """One column of the frames, or a video beside them."""

    dtype: Scalar | Literal["video"]
    shape: tuple[int, ...]
    names: tuple[str, ...] | None = None


class Sensor(_Frozen):
    """A key of the agent's observation and the feature that holds it."""

    feature: str
    modality: Modality
    shape: tuple[int, ...]
    dtype: Scalar
    scale: float = 1.0
    """What a stored number is multiplied with: depth is stored in millimetres."""

    def stored(self, value: NDArray[Any], feature: Feature) -> NDArray[Any]:
        """Return a sensor's value as its feature holds it."""
        if self.scale != 1.0:
            value = np.rint(value / np.float64(self.scale))
        return value.astype(feature.dtype).reshape(feature.shape)

    def value(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return what ``stored`` was made of, to the precision of its scale."""
        data = stored if self.scale == 1.0 else stored * np.float64(self.scale)
        return data.astype(self.dtype).reshape(self.shape)


class Schema(_Frozen):
    """The features of a dataset and the sensors in them; all its episodes have the same."""

    fps: int
    robot: str
    sensors: dict[str, Sensor]
    features: dict[str, Feature]

    @property
    def videos(self) -> list[str]:
        """The features that are videos."""
        return [name for name, feature in self.features.items() if feature.dtype == "video"]

    @property
    def columns(self) -> dict[str, Feature]:
        """The features that are columns of the frames."""
        return {name: feature for name, feature in self.features.items() if feature.dtype != "video"}


def schema_of(env: VlaSimEnv, control_rate: float, *, labelled: bool = False) -> Schema:
    """Return the schema of an environment's episodes; ``labelled`` where another agent says what is to be done.

    Raises:
        InputError: the control rate is no whole number, and LeRobot counts frames in whole numbers a second.
    """
    robot = env.site.robot.name
    return schema_of_streams(env.engine.streams, env.observation_space, control_rate, robot, labelled, env.body.names)


def schema_of_streams(
    streams: Mapping[str, Stream],
    space: Any,
    control_rate: float,
    robot: str,
    labelled: bool = False,
    action: Sequence[str] = COMMANDS,
) -> Schema:
    """Return the schema of what an observation builder makes of streams; ``space`` is the builder's.

    ``action`` names the numbers of an action: what the robot is told, whatever type of actions the agent gave.
    """
    fps = round(control_rate)
    if abs(fps - control_rate) > 1e-9:
        raise InputError(f"a dataset has a whole number of frames a second, not {control_rate:g}", field="control_rate")
    names = sorted(streams)
    features: dict[str, Feature] = {}
    sensors: dict[str, Sensor] = {}
    for name in names:
        box = space[name]
        key = _feature_name(name, streams[name].modality, features)
        features[key], scale = _feature(streams[name].modality, box.shape, box.dtype, float(np.max(box.high)))
        sensors[name] = Sensor(
            feature=key, modality=streams[name].modality, shape=box.shape, dtype=box.dtype.name, scale=scale
        )
    count = len(names)
    features |= {
        STAMP: Feature(dtype="float64", shape=(count,), names=tuple(names)),
        AGE: Feature(dtype="float32", shape=(count,), names=tuple(names)),
        VALID: Feature(dtype="int8", shape=(count,), names=tuple(names)),
        ACTION: Feature(dtype="float32", shape=(len(action),), names=tuple(action)),
    }
    if labelled:
        features[EXECUTED] = features[ACTION]
    features |= {
        REWARD: Feature(dtype="float32", shape=(1,)),
        DONE: Feature(dtype="bool", shape=(1,)),
        SUCCESS: Feature(dtype="bool", shape=(1,)),
        FAULT: Feature(dtype="int8", shape=(count + len(LINES),), names=(*names, *LINES)),
    }
    return Schema(fps=fps, robot=robot, sensors=sensors, features=features)


def _feature_name(name: str, modality: Modality, taken: Mapping[str, Feature]) -> str:
    """Return the feature of a sensor by LeRobot's conventions; ``/`` is not allowed in one."""
    if modality == "odometry" and STATE not in taken:
        return STATE
    plain = name.replace("/", ".")
    key = f"observation.images.{plain}" if modality == "rgb" else f"observation.{plain}"
    while key in taken or key in _TAKEN:
        key += "_"
    return key


def _feature(modality: Modality, shape: Sequence[int], dtype: Any, farthest: float) -> tuple[Feature, float]:
    """Return the feature of a sensor, and what its stored numbers are to be multiplied with."""
    stored = tuple(shape) or (1,)
    match modality:
        case "rgb":
            return Feature(dtype="video", shape=stored, names=("height", "width", "channels")), 1.0
        case "depth" if farthest <= _FARTHEST:
            return Feature(dtype="uint16", shape=stored, names=("height", "width")), MILLIMETRE
        case "depth" | "segmentation":
            return Feature(dtype=dtype.name, shape=stored, names=("height", "width")), 1.0
        case "odometry":
            return Feature(dtype=dtype.name, shape=stored, names=ODOMETRY), 1.0
        case "imu" | "wrench":
            return Feature(dtype=dtype.name, shape=stored, names=("reading", "axis")), 1.0
        case _:
            return Feature(dtype=dtype.name, shape=stored), 1.0
