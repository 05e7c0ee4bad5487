"""The fault relay between a robot and its agent; it passes everything as it is until somebody arms it."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

DEAD_MAN = "2.0"
"""Seconds without a sign of life of whoever armed it after which the relay disarms itself."""


def generate_launch_description() -> LaunchDescription:
    """Return the relay for the faults of the argument ``faults``."""
    return LaunchDescription(
        [
            DeclareLaunchArgument("faults", description="As 'camera:blackout lidar:dropout@0.5'."),
            DeclareLaunchArgument("robot", default_value="rover", description="Robot whose streams the faults name."),
            DeclareLaunchArgument("seed", default_value="0", description="Seed of the faults."),
            DeclareLaunchArgument("arm", default_value="false", description="Be armed from the beginning."),
            DeclareLaunchArgument("dead_man", default_value=DEAD_MAN, description="Seconds; 0: never."),
            DeclareLaunchArgument("use_sim_time", default_value="false", description="Go by /clock."),
            OpaqueFunction(function=_relay),
        ]
    )


def _relay(context: LaunchContext) -> list[Node]:
    """Return the relay's node; how many faults there are is known only when it is launched."""

    def value(name: str) -> str:
        return LaunchConfiguration(name).perform(context)

    faults = [part for fault in value("faults").split() for part in ("--fault", fault)]
    options = ["--robot", value("robot"), "--seed", value("seed"), "--dead-man", value("dead_man")]
    armed = ["--arm"] if value("arm").lower() in ("true", "1") else []
    return [
        Node(
            package="vla_sim_ros",
            executable="faults",
            arguments=[*faults, *options, *armed],
            parameters=[{"use_sim_time": value("use_sim_time").lower() in ("true", "1")}],
            output="screen",
        )
    ]
