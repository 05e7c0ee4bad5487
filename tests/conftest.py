"""Doubles that tests share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box
from hypothesis import settings

from vla_sim.engines.engine import ModelState, Truth
from vla_sim.geometry import Pose
from vla_sim.sdf import scene
from vla_sim.seeding import generator
from vla_sim.tasks.semantics import ObjectTag, Room, Semantics, Wall
from vla_sim.tasks.site import Site

# The same examples on every machine, and no verdict that hangs on how busy the machine is.
settings.register_profile("vla_sim", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("vla_sim")

PERIOD = 0.1


class KinematicEnv:
    """The privileged side of an environment over a unicycle that obeys its acceleration limits: no sensors, no physics.

    The robot is stopped by whatever its hull would enter, and says so as a contact.
    """

    def __init__(self, site: Site):
        self.site = site
        drive = site.drive
        low = np.array([drive.min_linear_velocity, drive.min_angular_velocity], dtype=np.float32)
        high = np.array([drive.max_linear_velocity, drive.max_angular_velocity], dtype=np.float32)
        self.action_space = Box(low, high)
        self.still = np.zeros(2, dtype=np.float32)

    def reset(self, task: Any, seed: int, words: Any = "seen") -> Mapping[str, Any]:
        self.episode = task.sample(self.site, generator(seed, "task"), words)
        self._poses = {name: pose for name, pose in self.episode.placements.items() if pose is not None}
        self._pose = self._poses[self.site.semantics.robot]
        self._speeds = np.zeros(2)
        self._time = PERIOD
        self._touching = False
        self._truth()
        self.episode.begin(self.truth)
        return {}

    def step(self, action: Any) -> None:
        goal = np.clip(np.asarray(action, dtype=float), self.action_space.low, self.action_space.high)
        drive = self.site.drive
        most = np.array([drive.max_linear_acceleration, drive.max_angular_acceleration]) * PERIOD
        self._speeds = self._speeds + np.clip(goal - self._speeds, -most, most)
        speed, rate = self._speeds
        yaw = self._pose.yaw + rate * PERIOD
        middle = self._pose.yaw + rate * PERIOD / 2
        x, y, z = self._pose.position
        moved = x + speed * PERIOD * math.cos(middle), y + speed * PERIOD * math.sin(middle)
        objects = {name: pose.position[:2] for name, pose in self._poses.items() if name in self.site.objects}
        gap = self.site.hull_clearance(*moved, objects)
        self._touching = gap < -0.03 and gap < self.site.hull_clearance(x, y, objects)
        if self._touching:
            moved = x, y
            self._speeds[0] = 0.0
        self._pose = Pose.planar(*moved, yaw, z)
        self._time = round(self._time + PERIOD, 9)
        self._truth()
        self.episode.update(self.truth)

    def _truth(self) -> None:
        robot = self.site.semantics.robot
        speed, rate = (float(value) for value in self._speeds)
        yaw = self._pose.yaw
        models = {name: ModelState(pose) for name, pose in self._poses.items()}
        linear = (speed * math.cos(yaw), speed * math.sin(yaw), 0.0)
        models[robot] = ModelState(self._pose, linear, (0.0, 0.0, rate))
        contacts = {("ground", robot)} | ({(robot, "walls")} if self._touching else set())
        self.truth = Truth(self._time, models, frozenset(contacts))

    def run(self, agent: Any, task: Any, seed: int, words: Any = "seen") -> Any:
        observation = self.reset(task, seed, words)
        agent.attach(self)
        agent.reset(seed)
        while self.episode.verdict is None:
            self.step(agent.act(observation))
        return self.episode


def _block(name: str, x: float, y: float, length: float, width: float, yaw: float = 0.0) -> scene.Model:
    shape = scene.Collision("c", Pose(), scene.Box((length, width, 0.8)))
    return scene.Model(name, Pose.planar(x, y, yaw, 0.4), (scene.Link("l", Pose(), collisions=(shape,)),), static=True)


def _thing(name: str, radius: float) -> scene.Model:
    shape = scene.Collision("c", Pose.planar(0, 0, 0, 0.2), scene.Cylinder(radius, 0.4))
    return scene.Model(name, Pose(), (scene.Link("l", Pose(), collisions=(shape,)),), static=True)


def _rover() -> scene.Model:
    hull = scene.Collision("hull", Pose.planar(0, 0, 0, 0.15), scene.Cylinder(0.28, 0.3))
    camera = scene.Sensor(
        "camera",
        "camera",
        Pose.planar(0.1, 0, 0, 0.3),
        10.0,
        None,
        scene.CameraSpec(96, 96, 1.5, 0.05, 20.0, 51.5, 51.5, 48.0, 48.0),
    )
    drive = scene.DiffDrive(
        ("left",), ("right",), 0.31, 0.08, 50.0, None, None, None, None, -0.8, 0.8, -2.0, 2.0, -1.5, 1.5, -6.0, 6.0
    )
    return scene.Model(
        "robot", Pose(), (scene.Link("base", Pose(), collisions=(hull,), sensors=(camera,)),), plugins=(drive,)
    )


def make_site() -> Site:
    """Two rooms of 5 x 6 m side by side with a doorway of 1.2 m, twelve objects, four decoys."""
    colours = ("red", "green", "blue", "yellow")
    tags = {
        f"{colour}_{noun}": ObjectTag(colour=colour, noun=noun, radius=0.2)
        for colour in colours
        for noun in ("cube", "ball", "cone")
    }
    tags |= {
        f"{colour}_cube_picture": ObjectTag(colour=colour, noun="cube", radius=0.25, decoy=True) for colour in colours
    }
    walls = (
        _block("north", 0, 3.1, 10.4, 0.2),
        _block("south", 0, -3.1, 10.4, 0.2),
        _block("east", 5.1, 0, 0.2, 6.0),
        _block("west", -5.1, 0, 0.2, 6.0),
        _block("upper", 0, 1.8, 0.2, 2.4),
        _block("lower", 0, -1.8, 0.2, 2.4),
        scene.Model("ground", Pose(), (), static=True),
    )
    west = (-5.0, -3.0, -0.1, 3.0)
    semantics = Semantics(
        description="two rooms",
        objects=tags,
        rooms={
            "study": Room(words=("study", "office"), areas=(west,)),
            "lounge": Room(words=("lounge", "living room"), areas=((0.1, -3.0, 5.0, 0.0),)),
            "kitchen": Room(words=("kitchen", "cooking area"), areas=((0.1, 0.0, 5.0, 3.0),)),
        },
        spawn=((-4.6, -2.6, -0.5, 2.6), (0.5, -2.6, 4.6, 2.6)),
        clear=((-4.8, -2.8, -0.3, 2.8), (0.3, -2.8, 4.8, 2.8)),
        walls={
            "east": Wall(start=(5.0, -3.0), end=(5.0, 3.0)),
            "west": Wall(start=(-5.0, 3.0), end=(-5.0, -3.0)),
        },
        slippery=((1.5, -2.0, 3.0, 1.0),),
    )
    things = tuple(_thing(name, tag.radius) for name, tag in tags.items())
    return Site(scene.World("rooms", (_rover(), *walls, *things)), semantics)


@pytest.fixture(scope="session")
def site() -> Site:
    return make_site()


@pytest.fixture(scope="session")
def kinematic(site: Site) -> KinematicEnv:
    return KinematicEnv(site)
