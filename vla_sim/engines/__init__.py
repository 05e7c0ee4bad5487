"""Simulators behind one narrow interface: the same world, the same commands, the same readings."""
