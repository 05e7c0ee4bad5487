"""A classical robotics agent: rules, geometry and dead reckoning over what the sensors say, and nothing else.

It sees the observation and knows the facts of its own body (``rover``). No learning, no ground truth, no environment:
the baseline that a learned agent must beat, and the yardstick of what a lost sensor costs.
"""

from vla_agents.classical.agent import Classical

__all__ = ["Classical"]
