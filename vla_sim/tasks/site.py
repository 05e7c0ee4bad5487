"""A world as tasks see it: what things are called, where a robot fits, and what it can see."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from vla_sim.engines.engine import Placements, Truth
from vla_sim.engines.resize import resized
from vla_sim.errors import InputError
from vla_sim.geometry import Pose, Vector3, wrap_angle
from vla_sim.kinematics import Chain
from vla_sim.sdf.scene import CameraSpec, DiffDrive, Model, Plane, World
from vla_sim.tasks.footprint import Footprint, convex, model_footprints
from vla_sim.tasks.navmap import FAR, Array, Grid, Mask, NavMap, lower_clearance
from vla_sim.tasks.semantics import Point, Rect, Semantics, load_semantics

TOOL = "tool"
"""The frame of a robot's model that lies between its finger tips, z along the approach."""
_STEP_OVER = 0.03
"""What is lower than this [m] is floor: a mat, a slippery patch."""
_AGAINST = 0.03
"""Gap [m] to a wall up to which a contact may be with it."""
_DEFAULT_DRIVE = DiffDrive((), (), 0.4, 0.1, max_linear_velocity=0.5, max_angular_velocity=1.5)


class Tier(NamedTuple):
    """A part of a robot: its greatest distance from the axis through the robot's origin, and its heights [m]."""

    radius: float
    low: float
    high: float


class Site:
    """A world and its semantics; static geometry is worked out once, from the scene alone, whatever the engine.

    Attributes:
        robot: the driven model as the file has it.
        robot_radius: of the circle about the robot's origin that holds the collisions of its wheels and of what they
            are joined to [m]; of the whole robot where it has none. What reaches further, as an arm does, widens the
            obstacles that are high enough to meet it.
        drive: the robot's DiffDrive plugin (cautious limits where it has none).
        drives: whether it has one.
        arm: the joints up to the robot's frame ``tool``, between its finger tips; None where it has no such frame.
        footprints: of everything that stands still in the robot's way, objects that goals name left out.
        ground: names of the models that the robot drives on; touching them is no collision.
    """

    def __init__(self, world: World, semantics: Semantics):
        self.world, self.semantics = world, semantics
        self._models = {model.name: model for model in world.models}
        self.fixtures, self.surfaces = semantics.fixtures, semantics.surfaces
        for name in (semantics.robot, *semantics.objects, *semantics.fixtures, *semantics.surfaces):
            if name not in self._models:
                raise InputError(f"the semantics name the model '{name}', the world has none", file=world.source)
        self.robot = self._models[semantics.robot]
        drives = [plugin for plugin in self.robot.plugins if isinstance(plugin, DiffDrive)]
        self.drives, self.drive = bool(drives), next(iter(drives), _DEFAULT_DRIVE)
        base, self._hull = _hull_of(self.robot, self.drive)
        self.robot_radius = max(radius for radius, _, _ in base)
        self._base_height = max(high for _, _, high in base)
        self._robot_height = max(high for _, _, high in self._hull)
        has_tool = any(frame.name == TOOL for frame in self.robot.frames)
        self.arm = Chain.to(self.robot, TOOL) if has_tool else None
        self.objects, self.rooms, self.walls = semantics.objects, semantics.rooms, semantics.walls
        moving = {semantics.robot, *semantics.objects, *semantics.fixtures}
        standing = [shape for model in world.models if model.name not in moving for shape in model_footprints(model)]
        self.footprints = tuple(shape for shape in standing if self._in_the_way(shape))
        self._places: dict[tuple[tuple[Rect, ...], float], Mask] = {}
        self._outlines: dict[str, Footprint] = {}
        blocking = {shape.model for shape in self.footprints}
        self._floor_and_walls = frozenset(name for name in blocking if self._has_floor(self._models[name]))
        self.ground = frozenset(name for name in self._models if name not in moving | blocking)

    @classmethod
    def load(cls, world: World, semantics: Semantics | None = None) -> Site:
        """Make a site from a world; its semantics are read from beside the world's file unless given."""
        if semantics is None:
            if world.source is None:
                raise InputError("a world that was not read from a file needs its semantics given")
            semantics = load_semantics(world.source)
        return cls(world, semantics)

    def resized(self, sizes: Mapping[str, float]) -> Site:
        """Return this site with objects larger by a factor each; what stands still is not worked out again."""
        if not sizes:
            return self
        site = copy.copy(self)
        site.world = resized(self.world, sizes)
        site._models = {model.name: model for model in site.world.models}
        site.semantics = self.semantics.resized(sizes)
        site.objects = site.semantics.objects
        site._outlines = {name: outline for name, outline in self._outlines.items() if name not in sizes}
        return site

    def _in_the_way(self, shape: Footprint) -> bool:
        floor = self.robot.pose.position[2]
        return shape.high > floor + _STEP_OVER and shape.low < floor + self._robot_height

    def _has_floor(self, model: Model) -> bool:
        floor = self.robot.pose.position[2] + _STEP_OVER
        flat = any(shape.high <= floor for shape in model_footprints(model))
        return flat or any(isinstance(part.geometry, Plane) for link in model.links for part in link.collisions)

    def tool(self, truth: Truth) -> Vector3 | None:
        """Return where the robot's tool is in the world, None where it has none."""
        if self.arm is None:
            return None
        state = truth.models[self.robot.name]
        x, y, z = self.arm.forward(self.arm.configuration(state.joints))[:3, 3].tolist()
        return state.pose.transform((x, y, z))

    def within_reach(self, surface: str, point: Point) -> bool:
        """Return whether the arm of a robot that stands as in the file reaches a point of a surface from above."""
        least, most = self.surfaces[surface].reach
        return least <= math.dist(point, self.robot.pose.position[:2]) <= most

    def stands_at(self, surface: str) -> bool:
        """Return whether the arm of a robot that stands as in the file reaches any of a surface."""
        x, y, _ = self.robot.pose.position
        xmin, ymin, xmax, ymax = self.surfaces[surface].area
        return math.dist((x, y), (min(max(x, xmin), xmax), min(max(y, ymin), ymax))) <= self.surfaces[surface].reach[1]

    def room_of(self, x: float, y: float) -> str | None:
        """Return the room that a point is in, None outside all of them."""
        inside = (name for name, room in self.rooms.items() if any(_holds(area, x, y) for area in room.areas))
        return next(inside, None)

    def outline(self, model: str) -> Footprint:
        """Return the convex outline of a model's footprint, in its own frame."""
        if model not in self._outlines:
            shapes = list(model_footprints(replace(self._models[model], pose=Pose())))
            self._outlines[model] = convex(model, shapes)
        return self._outlines[model]

    @property
    def top_speed(self) -> float:
        """Forward speed that the robot can reach [m/s]."""
        return min(self.drive.max_linear_velocity, 1.0)

    @cached_property
    def bounds(self) -> Rect:
        """Everything the semantics speak of, with half a metre around it."""
        semantics = self.semantics
        rects = [*semantics.spawn, *semantics.clear, *(area for room in self.rooms.values() for area in room.areas)]
        rects += [surface.area for surface in self.surfaces.values()]
        rects += [(*wall.start, *wall.end) for wall in self.walls.values()]
        corners = np.array([corner for rect in rects for corner in (rect[:2], rect[2:])])
        (xmin, ymin), (xmax, ymax) = corners.min(axis=0) - 0.5, corners.max(axis=0) + 0.5
        return float(xmin), float(ymin), float(xmax), float(ymax)

    @cached_property
    def grid(self) -> Grid:
        """The grid of every map of this site."""
        return Grid.covering(*self.bounds)

    @cached_property
    def clearance(self) -> Array:
        """Distance [m], at most 1, from every cell to the nearest footprint that stands still, see ``robot_radius``."""
        clearance = np.full((self.grid.rows, self.grid.columns), FAR)
        for shape in self.footprints:
            lower_clearance(self.grid, clearance, self._grown(shape))
        return clearance

    def _grown(self, shape: Footprint) -> Footprint:
        """Return an obstacle, wider by as much as the robot at the obstacle's height is wider than its base."""
        floor = self.robot.pose.position[2]
        met = [radius for radius, low, high in self._hull if low < shape.high - floor and high > shape.low - floor]
        return replace(shape, radius=shape.radius + max(0.0, max(met, default=0.0) - self.robot_radius))

    @cached_property
    def _opaque(self) -> Array:
        """Distance [m] from every cell to the nearest thing that hides what is behind it from the camera."""
        height = self.camera_pose.position[2] + self.robot.pose.position[2]
        clearance = np.full((self.grid.rows, self.grid.columns), FAR)
        for shape in self.footprints:
            if shape.low < height < shape.high:
                lower_clearance(self.grid, clearance, shape)
        return clearance

    @cached_property
    def _camera(self) -> tuple[Pose, float]:
        for link, sensor in self.robot.sensors():
            if isinstance(sensor.spec, CameraSpec):
                return link.pose * sensor.pose, sensor.spec.horizontal_fov
        return Pose((0.0, 0.0, 0.2)), math.radians(60)

    @property
    def camera_pose(self) -> Pose:
        """Pose of the robot's first camera in the robot's frame."""
        return self._camera[0]

    @property
    def field_of_view(self) -> float:
        """Horizontal field of view of the robot's first camera [rad]."""
        return self._camera[1]

    def nav_map(
        self, placements: Placements | None = None, keep_out: Sequence[tuple[float, float, float]] = ()
    ) -> NavMap:
        """Return where the robot can drive with the objects at their placements.

        Args:
            placements: where the models stand; an object that it does not name stands where the file puts it. What
                stands higher than the robot's base, on a table or in its grip, is in no way.
            keep_out: further circles (x, y, radius [m]) that the robot's hull must not enter.
        """
        clearance = self.clearance.copy()
        objects = ((*point, self.objects[name].radius) for name, point in self._on_the_floor(placements).items())
        for x, y, radius in (*keep_out, *objects):
            lower_clearance(self.grid, clearance, Footprint("", ((x, y),), radius, 0.0, 1.0))
        return NavMap(self.grid, clearance, self.robot_radius)

    def places(self, areas: tuple[Rect, ...], clearance: float) -> Mask:
        """Return the cells of some areas that are this far [m] from all that stands still; not to be written to."""
        key = areas, clearance
        if key not in self._places:
            x, y = self.grid.centres()
            inside = np.zeros((self.grid.rows, self.grid.columns), dtype=bool)
            for xmin, ymin, xmax, ymax in areas:
                inside |= (x >= xmin) & (x <= xmax) & (y >= ymin) & (y <= ymax)
            self._places[key] = inside & (self.clearance >= clearance)
        return self._places[key]

    def present(self, placements: Placements | None = None) -> Mapping[str, Point]:
        """Return where each object stands, the absent ones left out."""
        return {name: pose.position[:2] for name, pose in self._poses(placements).items()}

    def _on_the_floor(self, placements: Placements | None) -> Mapping[str, Point]:
        """Return where each object stands that the robot's base may meet."""
        top = self.robot.pose.position[2] + self._base_height
        return {name: pose.position[:2] for name, pose in self._poses(placements).items() if pose.position[2] < top}

    def _poses(self, placements: Placements | None) -> Mapping[str, Pose]:
        placed = placements or {}
        poses = {name: placed.get(name, self._models[name].pose) for name in self.objects}
        return {name: pose for name, pose in poses.items() if pose is not None}

    def standing_pose(self, model: str, x: float, y: float, yaw: float) -> Pose:
        """Return a model's pose of the file moved to a point on the floor."""
        return Pose.planar(x, y, yaw, self._models[model].pose.position[2])

    def hull_clearance(self, x: float, y: float, objects: Mapping[str, Sequence[float]]) -> float:
        """Return the gap [m] between the robot's circle and the nearest obstacle; gaps over a metre or so are cut off.

        What stands still is read off the grid, to a centimetre; ``objects`` stand at the first two of their numbers.
        """
        nearest = self.grid.interpolate(self.clearance, x, y)
        for name, place in objects.items():
            gap = math.hypot(x - place[0], y - place[1]) - self.objects[name].radius
            if gap < nearest:
                nearest = gap
        return nearest - self.robot_radius

    def is_slippery(self, x: float, y: float) -> bool:
        """Return whether a point lies on a patch of low friction."""
        return any(_holds(patch, x, y) for patch in self.semantics.slippery)

    def obstacles_touched(self, truth: Truth, robot: str) -> list[str]:
        """Return the models other than the ground and what it holds that touched the robot in the last step, sorted.

        Of a model that has both floor and walls only the walls count: where the robot's circle is up against them.
        """
        others = {name for pair in truth.contacts if robot in pair for name in pair if name != robot}
        others -= self.ground | truth.held
        if others & self._floor_and_walls:
            x, y, _ = truth.models[robot].pose.position
            if self.grid.interpolate(self.clearance, x, y) > self.robot_radius + _AGAINST:
                others -= self._floor_and_walls
        return sorted(others)

    def line_of_sight(self, start: Point, end: Point) -> bool:
        """Return whether nothing that stands still hides one point from the other at the camera's height."""
        return bool(self.lines_of_sight(np.array([start[0]]), np.array([start[1]]), end)[0])

    def lines_of_sight(self, x: Array, y: Array, end: Point, beam: float = 0.0) -> Mask:
        """Return for each point whether a beam of half-width ``beam`` [m] from there to the end meets nothing."""
        farthest = float(np.hypot(x - end[0], y - end[1]).max(initial=0.0))
        share = np.linspace(0.0, 1.0, max(2, math.ceil(farthest / (0.5 * self.grid.step))))
        on_x = x[..., None] * (1 - share) + end[0] * share
        on_y = y[..., None] * (1 - share) + end[1] * share
        return np.asarray(~self.hides(on_x, on_y, beam).any(axis=-1))

    def hides(self, x: Array, y: Array, beam: float = 0.0) -> Mask:
        """Return whether something that stands still is within ``beam`` [m] of points, at the camera's height."""
        return self._opaque[self.grid.cells(x, y)] <= beam + 0.5 * self.grid.step

    def in_view(self, robot: Pose, target: Point) -> bool:
        """Return whether the camera of a robot at this pose sees a point on the floor plan."""
        x, y, _ = robot.transform(self.camera_pose.position)
        bearing = wrap_angle(math.atan2(target[1] - y, target[0] - x) - robot.yaw - self.camera_pose.yaw)
        return abs(bearing) <= self.field_of_view / 2 and self.line_of_sight((x, y), target)


def _holds(rect: Rect, x: float, y: float) -> bool:
    return rect[0] <= x <= rect[2] and rect[1] <= y <= rect[3]


def _hull_of(robot: Model, drive: DiffDrive) -> tuple[list[Tier], list[Tier]]:
    """Return the tiers of a robot's base, and of all of it, in the pose of its file.

    The base is what rolls on the floor and what its wheels are joined to; the whole robot where it has no wheels.
    """
    wheels = {*drive.left_joints, *drive.right_joints}
    rolling = {link for joint in robot.joints if joint.name in wheels for link in (joint.parent, joint.child)}
    shapes = [
        (link.name, Tier(max(math.hypot(x, y) + shape.radius for x, y in shape.vertices), shape.low, shape.high))
        for link in robot.links
        for shape in model_footprints(Model(robot.name, Pose(), (link,)))
    ]
    if not shapes:
        raise InputError(f"the robot '{robot.name}' has no collision geometry")
    base = [tier for name, tier in shapes if name in rolling]
    whole = [tier for _, tier in shapes]
    return base or whole, whole
