"""The agent that a node drives with, ready to decide."""

from __future__ import annotations

from vla_sim.agent import PrivilegedAgent, action_type, load_agent
from vla_sim.errors import InputError
from vla_sim.ros.agent.parameters import Settings
from vla_sim.ros.loop import AgentLoop
from vla_sim.ros.robot import RobotSpec
from vla_sim.ros.synchroniser import Batch


def load_loop(settings: Settings, robot: RobotSpec) -> AgentLoop:
    """Return the agent, which has decided once, so that the first command takes no longer than others.

    Raises:
        InputError: it cannot be loaded, or does not fit the robot.
    """
    spec = settings.agent_spec
    try:
        agent = load_agent(spec)
        if isinstance(agent, PrivilegedAgent):
            raise InputError(f"'{spec}' reads the ground truth of a simulation; no robot has it", field="agent")
        kind = action_type(spec)
        if kind == "end_effector":
            raise InputError(f"'{spec}' moves the tool; over ROS 2 an arm takes goals of its joints", field="agent")
        discrete = kind == "discrete"
        loop = AgentLoop(agent, robot, settings.period, settings.confidence_threshold, discrete=discrete)
        loop.decide(Batch(0.0, (), ()), "stop")
        loop.reset(settings.seed)
    except InputError:
        raise
    except Exception as error:  # whatever an agent of somebody's own raises
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"'{spec}' does not fit the robot '{robot.name}': {reason}", field="agent") from error
    return loop
