"""Simulation-in-the-loop testbench for vision-language-action robot agents."""

__version__ = "0.1.0"
