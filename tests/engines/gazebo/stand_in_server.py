"""A stand-in for ``gz sim -s FILE``: the real wire and the real world file, hardly any physics, and faults on request.

It reads what the engine wrote, publishes every sensor, statistics and poses, takes commands, control and placements,
and steps in a thread of its own: control answers when the request is queued, statistics come at the start of each
iteration, rendered frames after it. The robot drives by the last Twist that came before the step. Every picture, scan
and depth image holds the number of its physics step, so that a frame of another step is found out. Joints are where
their goals are; a finger that is nearer to the middle than ``HALF_A_CUP`` touches a cup there, with ``PRESSURE``.

What goes wrong on purpose is in ``STAND_IN``, a JSON object with the fields of ``Misbehaviour``; the file that
``STAND_IN_STARTS`` names counts the servers that were started.
"""

import json
import math
import os
import queue
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from vla_sim.gz import Node, message_type

SECOND_NS = 1_000_000_000
IDLE_S = 0.005
HALF_A_CUP = 0.03
PRESSURE = 12.0


def gz(name):
    return message_type(f"gz.msgs.{name}")


@dataclass
class Misbehaviour:
    late_frame_s: float = 0.0
    """Frames come this much wall time after the statistics that end the step."""
    lost_twists: int = 0
    """So many Twists after each reset are not heard."""
    overwritten_reset: bool = False
    """A control that comes before a reset was carried out takes its place; each takes 50 ms to begin with."""
    crash_at_step: int = 0
    """The process ends without a word at the start of this physics step."""
    stall_at_step: int = 0
    """Nothing happens any more from this physics step on."""
    throttled_stats: int = 1
    """``/world/W/stats`` tells of one step in this many only, and never of the last of a batch."""
    missed_frames: int = 0
    """So many of the first frames of each sensor after the start are never sent."""
    mute_contacts: bool = False
    """Contact sensors are silent after a reset, as in Gazebo up to Ionic."""
    lost_frame_at_step: int = 0
    """The frames of this physics step are never sent."""
    starts: int = 1_000
    """Only so many of the first servers misbehave."""
    dead_starts: int = 0
    """So many of the first servers end before they offer anything."""


class Server:
    def __init__(self, file, partition, faults):
        # The engine wrote it.
        world = ElementTree.parse(file).getroot().find("world")  # noqa: S314
        self.name, self.faults = world.get("name"), faults
        self.dt_ns = round(float(world.findtext("physics/max_step_size")) * SECOND_NS)
        self.home = {model.get("name"): self.pose(model) for model in world.findall("model")}
        self.static = {m.get("name") for m in world.findall("model") if m.findtext("static") == "true"}
        self.places = dict(self.home)
        commanded = ("plugin/odom_topic", "plugin/joint_name")
        self.robot = next(
            model.get("name")
            for model in world.findall("model")
            if any(model.find(path) is not None for path in commanded)
        )
        drive = next((p for p in world.iter("plugin") if p.find("odom_topic") is not None), None)
        self.node = Node(partition, "127.0.0.1")
        self.stats = self.node.advertise("/stats", "gz.msgs.WorldStatistics")
        self.world_stats = self.node.advertise(f"/world/{self.name}/stats", "gz.msgs.WorldStatistics")
        self.poses = self.node.advertise(f"/world/{self.name}/dynamic_pose/info", "gz.msgs.Pose_V")
        self.odometry = self.twists = None
        if drive is not None:
            self.odometry = self.node.advertise(drive.findtext("odom_topic"), "gz.msgs.Odometry")
            self.odometry_steps = self.steps_of(float(drive.findtext("odom_publish_frequency")))
        self.sensors = [self.sensor(element) for element in world.iter("sensor")]
        self.links = {sensor: link.get("name") for link in world.iter("link") for sensor in link.findall("sensor")}
        controllers = [p for p in world.iter("plugin") if "JointPositionController" in p.get("name")]
        self.starts = {p.findtext("joint_name"): float(p.findtext("initial_position")) for p in controllers}
        self.positions = dict(self.starts)
        self.goals = {
            p.findtext("joint_name"): self.node.subscribe(p.findtext("topic"), type="gz.msgs.Double")
            for p in controllers
        }
        self.joints = self.node.advertise(
            next(p.findtext("topic") for p in world.iter("plugin") if "JointStatePublisher" in p.get("name")),
            "gz.msgs.Model",
        )
        self.step_number = self.frames = 0
        self.travelled = self.speed = self.turn = 0.0
        self.deaf = 0
        self.muted = False
        self.controls, self.timers = queue.Queue(), []
        self.lock = threading.Lock()
        if drive is not None:
            self.twists = self.node.subscribe(drive.findtext("topic"), type="gz.msgs.Twist")
        self.node.serve(f"/world/{self.name}/set_pose_vector/blocking", "gz.msgs.Pose_V", "gz.msgs.Boolean", self.place)
        self.node.serve(f"/world/{self.name}/control", "gz.msgs.WorldControl", "gz.msgs.Boolean", self.take)

    @staticmethod
    def pose(model):
        text = model.findtext("pose")
        return [float(part) for part in text.split()] if text else [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]

    def steps_of(self, rate):
        return 1 if rate == 0 else int(1000 / rate) * 1_000_000 // self.dt_ns

    def sensor(self, element):
        kind = element.get("type")
        topic = element.findtext("topic") or element.findtext("contact/topic")
        types = {"camera": "Image", "depth_camera": "Image", "gpu_lidar": "LaserScan", "imu": "IMU"}
        types["force_torque"] = "Wrench"
        publisher = self.node.advertise(topic, f"gz.msgs.{types.get(kind, 'Contacts')}")
        return kind, element, publisher, self.steps_of(float(element.findtext("update_rate") or 0))

    def take(self, control):
        # A real server hears commands and requests in one thread: what was said before counts.
        while self.twists is not None and (twist := self.twists.receive(0)) is not None:
            with self.lock:
                if self.deaf:
                    self.deaf -= 1
                else:
                    self.speed, self.turn = twist.linear.x, twist.angular.z
        self.controls.put(control)
        return gz("Boolean")(data=True)

    def place(self, poses):
        with self.lock:
            for one in poses.pose:
                if one.name not in self.places:
                    return gz("Boolean")(data=False)
                p, q = one.position, one.orientation
                self.places[one.name] = [p.x, p.y, p.z, q.x, q.y, q.z, q.w]
        return gz("Boolean")(data=True)

    def run(self):
        while True:
            try:
                control = self.controls.get(timeout=IDLE_S)
            except queue.Empty:
                self.tell(paused=True)  # As a paused server does, over and over.
                continue
            if self.faults.overwritten_reset:
                threading.Event().wait(0.05)
                while not self.controls.empty():
                    control = self.controls.get()
            if control.reset.all:
                self.reset()
                continue
            for left in range(control.multi_step, 0, -1):
                self.step(last=left == 1)

    def reset(self):
        with self.lock:
            self.step_number, self.travelled, self.speed, self.turn = 0, 0.0, 0.0, 0.0
            self.places = dict(self.home)
            self.positions = dict(self.starts)
            self.deaf = self.faults.lost_twists
            self.muted = self.faults.mute_contacts
        self.tell(paused=True)

    def step(self, *, last):
        number = self.step_number + 1
        if number == self.faults.crash_at_step:
            os._exit(139)
        if number == self.faults.stall_at_step:
            threading.Event().wait()
        self.step_number = number
        self.tell(paused=False)
        with self.lock:
            place, dt = self.places[self.robot], self.dt_ns / SECOND_NS
            yaw = 2 * math.atan2(place[5], place[6]) + self.turn * dt
            place[:2] = place[0] + self.speed * dt * math.cos(yaw), place[1] + self.speed * dt * math.sin(yaw)
            place[5:] = math.sin(yaw / 2), math.cos(yaw / 2)
            self.travelled += self.speed * dt
        for joint, goals in self.goals.items():
            while (goal := goals.receive(0)) is not None:
                self.positions[joint] = goal.data
        self.show()
        for kind, element, publisher, steps in self.sensors:
            if number % steps == 0:
                self.say(kind, element, publisher)
        if self.odometry is not None and number % self.odometry_steps == 0:
            twist = {"linear": {"x": self.speed}, "angular": {"z": self.turn}}
            pose = {"position": {"x": self.travelled}, "orientation": {"w": 1.0}}
            self.odometry.publish(gz("Odometry")(header=self.header(), pose=pose, twist=twist))
        if last:
            self.tell(paused=True)

    def say(self, kind, element, publisher):
        number, rendered = self.step_number, kind in ("camera", "depth_camera", "gpu_lidar")
        if rendered:
            self.frames += 1
            if self.frames <= self.faults.missed_frames or number == self.faults.lost_frame_at_step:
                return
        message = self.message(kind, element, number)
        if message is None:
            return
        if rendered and self.faults.late_frame_s:
            timer = threading.Timer(self.faults.late_frame_s, publisher.publish, [message])
            timer.daemon = True
            timer.start()
        else:
            publisher.publish(message)

    def message(self, kind, element, number):
        header = self.header()
        if kind in ("camera", "depth_camera"):
            width, height = (int(element.findtext(f"camera/image/{side}")) for side in ("width", "height"))
            rgb = np.full((height, width, 3), number % 251, np.uint8)
            pixels = rgb if kind == "camera" else np.full((height, width), number / 1000, np.float32)
            return gz("Image")(
                header=header,
                width=width,
                height=height,
                step=pixels.strides[0],
                pixel_format_type=3 if kind == "camera" else 13,
                data=pixels.tobytes(),
            )
        if kind == "gpu_lidar":
            rays = int(element.findtext("lidar/scan/horizontal/samples"))
            return gz("LaserScan")(header=header, ranges=[number / 1000] * rays)
        if kind == "imu":
            return gz("IMU")(header=header, angular_velocity={"z": self.turn}, linear_acceleration={"z": 9.8})
        if kind == "force_torque":
            return gz("Wrench")(header=header, force={"z": number / 1000}, torque={"x": 0.5})
        link = self.links[element]
        if link.endswith("_finger_link"):
            return self.pressed(link, header)
        if self.muted or element.get("name") != "vla_sim_touch":
            return None
        ends = {"collision1": {"name": f"{self.robot}::link::c"}, "collision2": {"name": "ground::link::c"}}
        return gz("Contacts")(header=header, contact=[ends])

    def pressed(self, link, header):
        side = link.removesuffix("_finger_link")
        if self.positions[f"{side}_finger"] >= HALF_A_CUP:
            return None
        ends = {"collision1": {"name": f"{self.robot}::{link}::{side}_pad"}, "collision2": {"name": "cup::link::c"}}
        # Half of it presses at each of two points, with as much of it again across.
        wrench = {"body_1_wrench": {"force": {"y": PRESSURE / 2, "z": PRESSURE / 2}}}
        return gz("Contacts")(header=header, contact=[{**ends, "normal": [{"y": -1.0}] * 2, "wrench": [wrench] * 2}])

    def header(self):
        seconds, nanoseconds = divmod(self.step_number * self.dt_ns, SECOND_NS)
        return {"stamp": {"sec": seconds, "nsec": nanoseconds}}

    def show(self):
        header = self.header()
        poses = gz("Pose_V")(header=header)
        with self.lock:
            for name, (x, y, z, *turn) in self.places.items():
                if name not in self.static:
                    orientation = dict(zip("xyzw", turn, strict=True))
                    poses.pose.add(name=name, position={"x": x, "y": y, "z": z}, orientation=orientation)
        self.poses.publish(poses)
        joints = [{"name": name, "axis1": {"position": at}} for name, at in self.positions.items()]
        self.joints.publish(gz("Model")(header=header, joint=joints))

    def tell(self, *, paused):
        told = gz("WorldStatistics")(sim_time=self.header()["stamp"], paused=paused, iterations=self.step_number)
        self.stats.publish(told)
        if paused:
            self.show()
        throttle = self.faults.throttled_stats
        if throttle == 1 or (not paused and self.step_number % throttle == 0):
            self.world_stats.publish(told)


def main():
    faults = Misbehaviour(**json.loads(os.environ.get("STAND_IN", "{}")))
    starts = 1
    if counter := os.environ.get("STAND_IN_STARTS"):
        with Path(counter).open("a+", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
        starts = len(Path(counter).read_text(encoding="utf-8").split())
    if starts <= faults.dead_starts:
        sys.exit("no rendering engine here")
    if starts > faults.starts:
        faults = Misbehaviour()
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    server = Server(sys.argv[-1], os.environ["GZ_PARTITION"], faults)
    threading.Thread(target=server.run, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
