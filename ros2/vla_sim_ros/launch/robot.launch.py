"""The agent alone, on a real robot: its topics by the names that this robot gives them."""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

CONFIG = str(Path(__file__).resolve().parents[1] / "config" / "agent.yaml")
TOPICS = {
    "camera": "camera/image_raw",
    "camera_info": "camera/camera_info",
    "depth": "camera/depth/image_rect_raw",
    "scan": "scan",
    "imu": "imu/data",
    "odom": "odom",
    "joint_states": "joint_states",
    "voice_commands": "voice_commands",
    "cmd_vel": "cmd_vel",
}
"""The agent's topics by the argument that renames them."""


def generate_launch_description() -> LaunchDescription:
    """Return the agent's node with its parameters, in a namespace, on the robot's topics."""
    arguments = [
        DeclareLaunchArgument("params_file", default_value=CONFIG, description="Parameters of the agent."),
        DeclareLaunchArgument("namespace", default_value="", description="Namespace of the robot."),
        DeclareLaunchArgument("use_sim_time", default_value="false", description="Go by /clock."),
        *(
            DeclareLaunchArgument(name, default_value=topic, description=f"The robot's name for {topic}.")
            for name, topic in TOPICS.items()
        ),
    ]
    agent = Node(
        package="vla_sim_ros",
        executable="agent",
        name="vla_agent",
        namespace=LaunchConfiguration("namespace"),
        parameters=[LaunchConfiguration("params_file"), {"use_sim_time": LaunchConfiguration("use_sim_time")}],
        remappings=[(topic, LaunchConfiguration(name)) for name, topic in TOPICS.items()],
        output="screen",
    )
    return LaunchDescription([*arguments, agent])
