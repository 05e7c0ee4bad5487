"""A simulated robot and the agent that drives it."""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

CONFIG = str(Path(__file__).resolve().parents[1] / "config" / "agent.yaml")
OPTIONS = {
    "world": ("arena", "Shipped world, or SDF file."),
    "task": ("go_to_object", "Task; none: drive freely, with nobody judging."),
    "engine": ("embedded", "Simulator: embedded or gazebo."),
    "seed": ("0", "Seed of the first trial."),
    "pace": ("1.0", "lockstep, or simulated seconds in a real one."),
    "trials": ("0", "Trials to run in a row; 0: until a signal comes."),
}
"""Options of the bridge: their defaults, and what they are."""


def generate_launch_description() -> LaunchDescription:
    """Return bridge and agent, both on simulated time; when the bridge ends, so does all."""
    arguments = [
        DeclareLaunchArgument("params_file", default_value=CONFIG, description="Parameters of the agent."),
        DeclareLaunchArgument("agent", default_value="fusion", description="Agent by name, or module:Class."),
        *(
            DeclareLaunchArgument(name, default_value=default, description=text)
            for name, (default, text) in OPTIONS.items()
        ),
    ]
    bridge = Node(
        package="vla_sim_ros",
        executable="bridge",
        arguments=[part for name in OPTIONS for part in (f"--{name}", LaunchConfiguration(name))],
        output="screen",
        on_exit=Shutdown(),
    )
    agent = Node(
        package="vla_sim_ros",
        executable="agent",
        name="vla_agent",
        parameters=[
            LaunchConfiguration("params_file"),
            {"use_sim_time": True, "agent": LaunchConfiguration("agent")},
        ],
        output="screen",
    )
    return LaunchDescription([*arguments, bridge, agent])
