"""Sim-to-sim: the same trials on two engines, and what tells them apart (docs/gazebo.md)."""
