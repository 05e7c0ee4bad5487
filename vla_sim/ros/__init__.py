"""ROS 2: the agent, a simulated robot and faults as nodes on live topics, and recorded bags.

Only the files that make nodes import ``rclpy``, and late; the others are used for bags too, where it is not installed.
"""
