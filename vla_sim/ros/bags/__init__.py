"""Recorded drives through an agent: what it would have done, clean and with faults. Needs no ``rclpy``."""
