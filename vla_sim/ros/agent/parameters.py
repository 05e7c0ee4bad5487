"""The agent node's parameters: what they are, what they may be, and which change while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vla_sim.errors import InputError
from vla_sim.ros.readings import SECOND

if TYPE_CHECKING:
    from rclpy.node import Node
    from rclpy.parameter import Parameter

LIVE = frozenset({"confidence_threshold", "attention_rate"})
"""Parameters that change at any time; the others only while the node is unconfigured."""
TRANSPORTS = ("raw", "compressed")


@dataclass(frozen=True, slots=True)
class Settings:
    """Values of the parameters, and their defaults."""

    agent: str = "fusion"
    fusion_model_path: str = ""
    robot: str = "rover"
    sensors: tuple[str, ...] = ()
    confidence_threshold: float = 0.7
    max_action_length: int = 10
    sync_window: float = 0.1
    control_rate: float = 10.0
    cmd_vel_stamped: bool = True
    base_frame: str = "base_link"
    watchdog: float = 0.5
    attention_rate: float = 1.0
    image_transport: str = "raw"
    seed: int = 0

    @property
    def period(self) -> float:
        """Time between two commands [s], a whole number of nanoseconds."""
        return round(SECOND / self.control_rate) / SECOND

    @property
    def agent_spec(self) -> str:
        """The agent as ``load_agent`` takes it."""
        return f"{self.agent}@{self.fusion_model_path}" if self.fusion_model_path else self.agent

    def check(self) -> None:
        """Raise InputError where values do not go together."""
        if self.image_transport not in TRANSPORTS:
            raise InputError(
                f"no image_transport '{self.image_transport}'; use {' or '.join(TRANSPORTS)}", field="image_transport"
            )
        if self.watchdog < 2.0 * self.period:
            raise InputError(
                f"{self.watchdog:g} s are less than two control periods of {self.period:g} s", field="watchdog"
            )


_TEXTS: Mapping[str, str] = {
    "agent": "Name of an installed agent, or module:Class",
    "fusion_model_path": "Folder of the agent's checkpoint; empty: the one that comes with it",
    "robot": "The robot that the agent was made for: a shipped model by name, or the path of an SDF model",
    "sensors": "Names of the robot's sensors that are there; none named: all of the model",
    "confidence_threshold": "Confidence below which the robot is held [0..1]",
    "max_action_length": "Longest action sequence that is published",
    "sync_window": "How long a batch waits for a sensor, and how old its data may be to count as present [s]",
    "control_rate": "Commands a second [Hz]",
    "cmd_vel_stamped": "Whether cmd_vel is a TwistStamped (ros2_controllers) or a Twist",
    "base_frame": "Frame of the commands",
    "watchdog": "How long the robot may drive without a decision on anything that was sensed [s]",
    "attention_rate": "Explanations a second: attention map, objects, action sequence [Hz]; 0: never",
    "image_transport": "raw, or compressed for camera/image_raw/compressed",
    "seed": "Seed of an agent that draws random numbers",
}
_RANGES: Mapping[str, tuple[float, float]] = {
    "confidence_threshold": (0.0, 1.0),
    "max_action_length": (1, 100),
    "sync_window": (0.001, 10.0),
    "control_rate": (0.5, 200.0),
    "watchdog": (0.02, 60.0),
    "attention_rate": (0.0, 100.0),
    "seed": (0, 2**53),
}


def declare(node: Node) -> None:
    """Declare all parameters.

    Raises:
        InputError: a value was given that a parameter cannot have.
    """
    from rclpy.exceptions import ParameterException
    from rclpy.parameter import Parameter

    defaults = Settings()
    for name in _TEXTS:
        default = getattr(defaults, name)
        try:
            if name == "sensors":  # an empty array has no type of its own
                node.declare_parameter(name, Parameter.Type.STRING_ARRAY, _descriptor(name))
            else:
                node.declare_parameter(name, default, _descriptor(name))
        except ParameterException as error:
            raise InputError(f"{error}", field=name) from None


def read(node: Node) -> Settings:
    """Return the values that the parameters have.

    Raises:
        InputError: they do not go together.
    """
    from rclpy.parameter import Parameter

    values: dict[str, Any] = {name: node.get_parameter(name).value for name in _TEXTS if name != "sensors"}
    none = Parameter("sensors", Parameter.Type.STRING_ARRAY, [])
    named = node.get_parameter_or("sensors", none).value or ()
    settings = Settings(**values, sensors=tuple(name for name in named if name))
    settings.check()
    return settings


def refusal(parameters: Iterable[Parameter], *, configured: bool) -> str:
    """Return why parameters cannot be set now, or ""."""
    for parameter in parameters:
        if configured and parameter.name in _TEXTS and parameter.name not in LIVE:
            return f"{parameter.name} changes while the node is unconfigured only: deactivate and clean it up first"
    return ""


def _descriptor(name: str) -> Any:
    from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

    descriptor = ParameterDescriptor(description=_TEXTS[name])
    if name not in LIVE:
        descriptor.additional_constraints = "changes while the node is unconfigured only"
    if name in _RANGES:
        low, high = _RANGES[name]
        if isinstance(low, int):
            descriptor.integer_range = [IntegerRange(from_value=low, to_value=int(high), step=1)]
        else:
            descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high, step=0.0)]
    return descriptor
