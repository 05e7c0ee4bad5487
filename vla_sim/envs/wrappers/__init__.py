"""Wrappers of the environment, in Gymnasium's way: one class a file, each does one thing to one of the spaces."""

from vla_sim.envs.wrappers.encode_goal import EncodeGoal
from vla_sim.envs.wrappers.flatten_sensors import FlattenSensors
from vla_sim.envs.wrappers.random_fault import RandomFault
from vla_sim.envs.wrappers.rescale_ranges import RescaleRanges
from vla_sim.envs.wrappers.stack_sensor import StackSensor

__all__ = ["EncodeGoal", "FlattenSensors", "RandomFault", "RescaleRanges", "StackSensor"]
