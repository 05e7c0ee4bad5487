"""A simulated robot as a ROS 2 node: its sensors, its clock, its commands, and the trial it is in."""
