"""Installs the nodes, launch files and parameters into a colcon workspace."""

from glob import glob

from setuptools import setup

NAME = "vla_sim_ros"

setup(
    name=NAME,
    version="0.1.0",
    packages=[NAME],
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        (f"share/{NAME}/launch", sorted(glob("launch/*.launch.py"))),
        (f"share/{NAME}/config", sorted(glob("config/*.yaml"))),
    ],
    # vla_sim itself comes with pip: rosdep has no key for it.
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="The maintainers of vla_sim",
    description="Vision-language-action agents as ROS 2 nodes",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            f"agent = {NAME}.nodes:agent",
            f"bridge = {NAME}.nodes:bridge",
            f"faults = {NAME}.nodes:faults",
        ]
    },
)
