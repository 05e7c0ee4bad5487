"""The nodes of vla_sim for ``ros2 run`` and ``ros2 launch``."""
