"""Scenes for the engine's tests, made of the dataclasses alone."""

from __future__ import annotations

import math
from dataclasses import replace

from vla_sim.geometry import Pose
from vla_sim.sdf import scene

PLANE = scene.Plane((0.0, 0.0, 1.0), (20.0, 20.0))
LEVEL = math.pi / 2


def ground(mu: float = 1.0) -> scene.Model:
    visual = scene.Visual("visual", Pose(), PLANE, scene.Material(diffuse=(0.5, 0.6, 0.5, 1.0)))
    collision = scene.Collision("collision", Pose(), PLANE, scene.Surface(mu, mu))
    link = scene.Link("link", Pose(), visuals=(visual,), collisions=(collision,))
    return scene.Model("ground", Pose(), (link,), static=True)


def box(
    name: str,
    size: tuple[float, float, float],
    pose: Pose,
    colour: scene.Rgba = (1.0, 0.0, 0.0, 1.0),
    *,
    mu: float = 1.0,
    static: bool = True,
    mass: float = 1.0,
) -> scene.Model:
    shape = scene.Box(size)
    x, y, z = (edge**2 for edge in size)
    inertia = (mass * (y + z) / 12, mass * (x + z) / 12, mass * (x + y) / 12, 0.0, 0.0, 0.0)
    link = scene.Link(
        "link",
        Pose(),
        inertial=scene.Inertial(mass, Pose(), inertia),
        visuals=(scene.Visual("visual", Pose(), shape, scene.Material(ambient=colour, diffuse=colour)),),
        collisions=(scene.Collision("collision", Pose(), shape, scene.Surface(mu, mu)),),
    )
    return scene.Model(name, pose, (link,), static=static)


def camera_spec(width: int = 96, height: int = 96, fov: float = 1.2, **options: float) -> scene.CameraSpec:
    focal = width / 2 / math.tan(fov / 2)
    values = {"near": 0.05, "far": 30.0, "fx": focal, "fy": focal, "cx": width / 2, "cy": height / 2, **options}
    return scene.CameraSpec(width, height, fov, **values)  # type: ignore[arg-type]


SCAN = scene.LidarSpec(360, -math.pi, math.pi - math.tau / 360, range_min=0.1, range_max=8.0)


def sensors() -> tuple[scene.Sensor, ...]:
    eye = Pose((0.15, 0.0, 0.1))
    return (
        scene.Sensor("camera", "camera", eye, 10.0, None, camera_spec()),
        scene.Sensor("depth", "depth_camera", eye, 10.0, None, camera_spec(depth_far=10.0)),
        scene.Sensor("imu", "imu", Pose(), 100.0, None, scene.ImuSpec()),
        scene.Sensor("lidar", "lidar", Pose((0.0, 0.0, 0.15)), 10.0, None, SCAN),
        scene.Sensor("bumper", "contact", Pose(), 20.0, None, scene.ContactSpec(("body",))),
    )


def rover(
    drive: scene.DiffDrive | None = None, extra: tuple[scene.Sensor, ...] | None = None, caster_mu: float = 0.01
) -> scene.Model:
    """A box on two wheels and a sliding caster, 5 kg; wheels of 0.1 m radius, 0.4 m apart."""
    hull = scene.Box((0.4, 0.3, 0.12))
    blue = scene.Material(diffuse=(0.2, 0.3, 0.8, 1.0))
    base = scene.Link(
        "base",
        Pose((0.0, 0.0, 0.1)),
        inertial=scene.Inertial(4.0, Pose((-0.02, 0.0, 0.0)), (0.035, 0.058, 0.083, 0.0, 0.0, 0.0)),
        visuals=(scene.Visual("body", Pose(), hull, blue),),
        collisions=(
            scene.Collision("body", Pose(), hull),
            scene.Collision(
                "caster", Pose((-0.15, 0.0, -0.05)), scene.Sphere(0.05), scene.Surface(caster_mu, caster_mu)
            ),
        ),
        sensors=sensors() if extra is None else extra,
    )
    wheel_shape = scene.Cylinder(0.1, 0.05)
    links, joints = [base], []
    for side, y in (("left", 0.2), ("right", -0.2)):
        links.append(
            scene.Link(
                f"{side}_wheel",
                Pose.from_xyz_rpy(0.1, y, 0.1, -LEVEL, 0, 0),
                inertial=scene.Inertial(0.5, Pose(), (0.00135, 0.00135, 0.0025, 0.0, 0.0, 0.0)),
                visuals=(scene.Visual("wheel", Pose(), wheel_shape, scene.Material(diffuse=(0.1, 0.1, 0.1, 1.0))),),
                collisions=(scene.Collision("wheel", Pose(), wheel_shape),),
            )
        )
        axis = scene.Axis((0.0, 0.0, 1.0))
        joints.append(scene.Joint(f"{side}_joint", "revolute", "base", f"{side}_wheel", Pose(), axis))
    plugin = drive or scene.DiffDrive(("left_joint",), ("right_joint",), 0.4, 0.1)
    return scene.Model("robot", Pose(), tuple(links), tuple(joints), (plugin,), canonical_link="base")


SUN = scene.Light("sun", "directional", Pose((0, 0, 10)), (0.8, 0.8, 0.8, 1.0), direction=(-0.3, 0.2, -0.9))


def world(*models: scene.Model, lights: tuple[scene.Light, ...] = (SUN,), **options: object) -> scene.World:
    return replace(scene.World("test", tuple(models), lights), **options)
