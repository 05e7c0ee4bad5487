"""Simulation-in-the-loop testbench for vision-language-action robot agents."""

from vla_sim.envs.registration import register_environments

__version__ = "0.1.0"

register_environments()
