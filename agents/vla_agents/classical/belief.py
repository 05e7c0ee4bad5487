"""All that the agent takes to be so: where it is, what stands where, what it saw last."""

from __future__ import annotations

import math

import numpy as np

from vla_agents.classical import rover
from vla_agents.classical.floor import Floor
from vla_agents.classical.matching import ScanMatcher
from vla_agents.classical.memory import Landmark, Memory
from vla_agents.classical.reckoning import Reckoning
from vla_agents.classical.scan import Array, Scan, depth_scan, lidar_scan
from vla_agents.classical.senses import Senses
from vla_agents.classical.vision import View, sightings
from vla_agents.steering import STOP, Here, Speeds, wrap

ALIKE = 0.06
"""Most that a picture and a depth image that belong together differ in time [s]."""


class Belief:
    """Built up from one observation after another."""

    senses: Senses

    def __init__(self) -> None:
        self.reckoning = Reckoning()
        self.memory = Memory()
        self.floor = Floor()
        self._matcher = ScanMatcher()
        self.in_view: list[Landmark] = []
        """What the newest picture shows."""
        self.lidar: Scan | None = None
        self.ahead: Scan | None = None
        """What the depth camera sees in the robot's way."""
        self._stamps = dict.fromkeys(("camera", "depth", "lidar"), 0.0)

    @property
    def here(self) -> Here:
        """Where the robot is."""
        return self.reckoning.here

    @property
    def blind(self) -> bool:
        """Whether nothing tells what is in the way."""
        return self.lidar is None and self.ahead is None

    def update(self, senses: Senses, asked: Speeds = STOP) -> None:
        """Take in an observation; ``asked`` are the speeds asked for since the last one."""
        self.senses = senses
        self.reckoning.update(senses, asked)
        if self._is_new("lidar", senses.lidar, senses.lidar_stamp):
            self.lidar = lidar_scan(senses.lidar) if senses.lidar is not None else None
            if self.lidar is not None:
                self._match(self.lidar, senses.lidar_stamp)
                self.floor.add("lidar", self.lidar, self.reckoning.at(senses.lidar_stamp))
        if self._is_new("depth", senses.depth, senses.depth_stamp):
            self.ahead = depth_scan(senses.depth) if senses.depth is not None else None
            if self.ahead is not None:
                self.floor.add("depth", self.ahead, self.reckoning.at(senses.depth_stamp))
        if self._is_new("camera", senses.camera, senses.camera_stamp):
            self._see(senses)

    def obstacles(self) -> tuple[Array, Array]:
        """Return the points in the robot's frame that something stands at now."""
        scans = [scan for scan in (self.lidar, self.ahead) if scan is not None]
        if not scans:
            return np.empty(0), np.empty(0)
        return np.concatenate([s.x[s.hit] for s in scans]), np.concatenate([s.y[s.hit] for s in scans])

    def _match(self, scan: Scan, stamp: float) -> None:
        shift = self._matcher.correction(scan, self.reckoning.at(stamp))
        self.reckoning.shift(float(shift[0]), float(shift[1]))

    def _see(self, senses: Senses) -> None:
        self.in_view = []
        if senses.camera is None:
            return
        paired = senses.depth is not None and abs(senses.depth_stamp - senses.camera_stamp) < ALIKE
        there = self.reckoning.at(senses.camera_stamp)
        view = View(senses.camera, senses.depth if paired else None, self.lidar)
        self.in_view = [self.memory.note(sighting, there) for sighting in sightings(view)]
        scan = self.lidar or self.ahead
        if scan is not None:
            self.floor.look(scan, there)
            absent = (mark for mark in self.memory.landmarks if mark not in self.in_view)
            self.memory.doubt([mark for mark in absent if self.shows(mark.point, scan, there)])

    def shows(self, point: tuple[float, float], scan: Scan, there: Here) -> bool:
        """Return whether a picture from a pose shows what stands at a point: near, ahead, with nothing before it."""
        away = math.dist(point, (there.x, there.y))
        aside = wrap(math.atan2(point[1] - there.y, point[0] - there.x) - there.yaw)
        if not 0.7 < away < 3.0 or abs(aside) > 0.4 * rover.CAMERA_FOV:
            return False
        before = scan.hit & (np.abs(scan.bearing - aside) < 0.3 / away)
        return not bool((scan.away[before] < away - 0.4).any())

    def _is_new(self, name: str, data: object, stamp: float) -> bool:
        """Return whether a sensor has spoken, or fallen silent."""
        if data is None:
            self._stamps[name] = -1.0
            return True
        new = stamp != self._stamps[name]
        self._stamps[name] = stamp
        return new
