"""``<sensor>``: cameras, LiDAR, IMU, contact and force-torque; other types are listed as issues."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

from vla_sim.geometry import Pose
from vla_sim.sdf import values
from vla_sim.sdf.document import Node, shorten
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.scene import (
    CameraSpec,
    ContactSpec,
    ForceTorqueSpec,
    GaussianNoise,
    ImuSpec,
    LidarSpec,
    Sensor,
    SensorSpec,
    SensorType,
)

MAX_IMAGE_SIDE = 8192
MAX_RAYS = 1_000_000
MAX_RATE = 1e6
WIDEST_FOV = 3.1
"""A pinhole camera's image plane grows without bound towards pi [rad]."""

_TYPES: dict[str, SensorType] = {
    "camera": "camera",
    "depth": "depth_camera",
    "depth_camera": "depth_camera",
    "rgbd": "rgbd_camera",
    "rgbd_camera": "rgbd_camera",
    "ray": "lidar",
    "gpu_ray": "lidar",
    "lidar": "lidar",
    "gpu_lidar": "lidar",
    "imu": "imu",
    "contact": "contact",
}
"""Names in the file, old and new, to the types that are simulated."""


def read_sensor(node: Node, pose: Pose, collisions: Collection[str], reading: Reading) -> Sensor | None:
    """Return a sensor of a link, or None (with an issue) for a type that is not simulated.

    ``collisions`` are the names of the link's collisions, which a contact sensor refers to.
    """
    name = node.name()
    stated = node.need_attribute("type")
    kind = _TYPES.get(stated)
    if kind is None:
        where = " on a link; it belongs on a joint" if stated == "force_torque" else ""
        reading.report(node, f"sensor type {shorten(stated)!r} is not simulated{where}; left out")
        return None
    topic = values.text(node, "topic")
    spec: SensorSpec
    if kind == "contact":
        contact = node.child("contact")
        felt = () if contact is None else _felt(contact, collisions, reading)
        if felt is None:
            return None
        topic = (contact and values.text(contact, "topic")) or topic
        spec = ContactSpec(felt, values.flag(node, "vla_sim:force", False))
    else:
        spec = _SPECS[kind](node, reading)
    return _sensor(node, name, kind, pose, topic, spec)


def read_joint_sensor(node: Node, pose: Pose, parent: Pose, reading: Reading) -> Sensor | None:
    """Return a force-torque sensor of a joint, or None (with an issue) for another type.

    ``pose`` is the sensor's in the child link's frame and ``parent`` the parent link's there, as the file has them. The
    sensor's axes are the child's, the parent's or its own, as ``<frame>`` says; the parent's follow the child's as the
    joint moves.
    """
    name = node.name()
    stated = node.need_attribute("type")
    if stated != "force_torque":
        reading.report(node, f"sensor type {shorten(stated)!r} is not simulated on a joint; left out")
        return None
    settings = node.child("force_torque")
    frame, direction = "child", "child_to_parent"
    noise: tuple[GaussianNoise | None, ...] = (None,) * 6
    if settings is not None:
        frame = values.text(settings, "frame") or frame
        direction = values.text(settings, "measure_direction") or direction
        if frame not in ("child", "parent", "sensor"):
            raise settings.error(f"<frame> is {shorten(frame)!r}; use child, parent or sensor")
        if direction not in ("child_to_parent", "parent_to_child"):
            raise settings.error(
                f"<measure_direction> is {shorten(direction)!r}; use child_to_parent or parent_to_child"
            )
        noise = (*_axes(settings.child("force"), reading), *_axes(settings.child("torque"), reading))
    turn = {"child": Pose().rotation, "parent": parent.rotation, "sensor": pose.rotation}[frame]
    spec = ForceTorqueSpec(direction == "parent_to_child", noise)
    return _sensor(node, name, "force_torque", Pose(pose.position, turn), values.text(node, "topic"), spec)


def _sensor(node: Node, name: str, kind: SensorType, pose: Pose, topic: str | None, spec: SensorSpec) -> Sensor:
    rate = values.number(node, "update_rate", 0.0, least=0, most=MAX_RATE)
    return Sensor(name=name, type=kind, pose=pose, update_rate=rate, topic=topic, spec=spec)


def _felt(contact: Node, collisions: Collection[str], reading: Reading) -> tuple[str, ...] | None:
    """Return the collisions that a contact sensor names, or None (with issues) where the link has none of them."""
    named = [node for node in contact.all("collision") if node.text]
    for node in named:
        if node.text not in collisions:
            reading.note(node, f"the link has no collision {shorten(node.text)!r}")
    felt = tuple(node.text for node in named if node.text in collisions)
    return felt if felt or not named else None


# --- cameras --------------------------------------------------------------------------------------------------------


def _camera(sensor: Node, reading: Reading) -> CameraSpec:
    node = sensor.need("camera")
    image = node.child("image")
    width = 320 if image is None else values.integer(image, "width", 320, least=1, most=MAX_IMAGE_SIDE)
    height = 240 if image is None else values.integer(image, "height", 240, least=1, most=MAX_IMAGE_SIDE)
    if image is not None:
        _check_format(image, reading)
    fov = values.number(node, "horizontal_fov", 1.047, above=0, most=WIDEST_FOV)
    near, far = _clip(node.child("clip"), near=0.1, far=100.0)
    fx, fy, cx, cy = _intrinsics(node, width, height, fov, reading)
    depth = node.child("depth_camera")
    depth_clip = depth and depth.child("clip")
    if depth is not None:
        depth.child("output")
    depth_near, depth_far = _clip(depth_clip, near=near, far=far) if depth_clip else (None, None)
    return CameraSpec(
        width=width,
        height=height,
        horizontal_fov=fov,
        near=near,
        far=far,
        fx=fx,
        fy=fy,
        cx=cx,
        cy=cy,
        noise=_noise(node, reading),
        depth_near=depth_near,
        depth_far=depth_far,
    )


def _check_format(image: Node, reading: Reading) -> None:
    node = image.child("format")
    if node is not None and node.text.upper() not in ("", "R8G8B8", "RGB_INT8", "R_FLOAT32", "L8"):
        reading.note(node, f"format {shorten(node.text)!r} is not made; images are 8-bit RGB, depth is float32")


def _clip(node: Node | None, near: float, far: float) -> tuple[float, float]:
    if node is None:
        return near, far
    near = values.number(node, "near", near, above=0)
    far_limit = values.limit(node, "far", far)
    far = values.FARTHEST if far_limit == math.inf else values.check_bounds(node, far_limit, above=0)
    if near >= far:
        raise node.error(f"<near> {near:g} must be less than <far> {far:g}")
    return near, far


def _intrinsics(node: Node, width: int, height: int, fov: float, reading: Reading) -> tuple[float, float, float, float]:
    """Return fx, fy, cx, cy [pixels]: those of ``<lens><intrinsics>``, else a pinhole's from the field of view.

    fx = fy = width / (2 tan(fov / 2)), with the principal point at the centre of the image.
    """
    focal = width / (2.0 * math.tan(fov / 2.0))
    plain = (focal, focal, width / 2.0, height / 2.0)
    lens = node.child("lens")
    stated = lens and lens.child("intrinsics")
    if lens is None or stated is None:
        return plain
    if values.number(stated, "s", 0.0) != 0.0:
        reading.note(stated, "axis skew <s> is not supported; taken as 0")
    fx, fy = (values.number(stated, tag, focal, above=0) for tag in ("fx", "fy"))
    cx, cy = (values.number(stated, tag, centre) for tag, centre in (("cx", width / 2.0), ("cy", height / 2.0)))
    return fx, fy, cx, cy


# --- LiDAR ----------------------------------------------------------------------------------------------------------


def _lidar(sensor: Node, reading: Reading) -> LidarSpec:
    node = sensor.child("lidar") or sensor.child("ray")
    if node is None:
        raise sensor.error("<lidar> is missing; add its <scan> and <range>")
    scan = node.need("scan")
    samples, low, high = _sweep(scan.need("horizontal"), default_samples=640)
    vertical = scan.child("vertical")
    rows, bottom, top = (1, 0.0, 0.0) if vertical is None else _sweep(vertical, default_samples=1)
    if samples * rows > MAX_RAYS:
        raise scan.error(f"{samples} x {rows} rays are more than the {MAX_RAYS} of one scan")
    reach = node.need("range")
    range_min = values.number(reach, "min", 0.0, least=0)
    range_max = values.limit(reach, "max", 0.0)
    if range_max == math.inf:
        reading.note(reach, f"an unlimited <max> is taken as {values.FARTHEST:g} m")
        range_max = values.FARTHEST
    if not range_min < range_max <= values.FARTHEST:
        raise reach.error(f"<max> {range_max:g} must be above <min> {range_min:g} and at most {values.FARTHEST:g}")
    return LidarSpec(
        horizontal_samples=samples,
        horizontal_min=low,
        horizontal_max=high,
        vertical_samples=rows,
        vertical_min=bottom,
        vertical_max=top,
        range_min=range_min,
        range_max=range_max,
        range_resolution=values.number(reach, "resolution", 0.0, least=0),
        noise=_noise(node, reading),
    )


def _sweep(node: Node, default_samples: int) -> tuple[int, float, float]:
    """Return the number of rays and their first and last angle. ``<resolution>`` multiplies the number of rays."""
    samples = values.integer(node, "samples", default_samples, least=1, most=MAX_RAYS)
    factor = values.number(node, "resolution", 1.0, above=0, most=MAX_RAYS)
    low = values.number(node, "min_angle", 0.0, least=-6.2832, most=6.2832)
    high = values.number(node, "max_angle", 0.0, least=-6.2832, most=6.2832)
    if low > high:
        raise node.error(f"<min_angle> {low:g} is above <max_angle> {high:g}; swap them")
    return max(1, round(samples * factor)), low, high


# --- IMU ------------------------------------------------------------------------------------------------------------


def _imu(sensor: Node, reading: Reading) -> ImuSpec:
    node = sensor.child("imu")
    if node is None:
        return ImuSpec()
    node.child("enable_orientation")
    return ImuSpec(
        _axes(node.child("angular_velocity"), reading),
        _axes(node.child("linear_acceleration"), reading),
    )


def _axes(
    node: Node | None, reading: Reading
) -> tuple[GaussianNoise | None, GaussianNoise | None, GaussianNoise | None]:
    x, y, z = (node.child(tag) if node is not None else None for tag in ("x", "y", "z"))
    return (
        None if x is None else _noise(x, reading),
        None if y is None else _noise(y, reading),
        None if z is None else _noise(z, reading),
    )


# --- noise ----------------------------------------------------------------------------------------------------------


def _noise(parent: Node, reading: Reading) -> GaussianNoise | None:
    """Return a noise model: its type is an attribute in an IMU, an element in cameras and LiDARs."""
    node = parent.child("noise")
    if node is None:
        return None
    kind = values.text(node, "type") or node.attribute("type") or "none"
    if kind == "none":
        node.close()
        return None
    if kind not in ("gaussian", "gaussian_quantized"):
        reading.report(node, f"noise type {shorten(kind)!r} is not simulated; left out")
        return None
    return GaussianNoise(
        mean=values.number(node, "mean", 0.0),
        stddev=values.number(node, "stddev", 0.0, least=0),
        bias_mean=values.number(node, "bias_mean", 0.0),
        bias_stddev=values.number(node, "bias_stddev", 0.0, least=0),
        dynamic_bias_stddev=values.number(node, "dynamic_bias_stddev", 0.0, least=0),
        dynamic_bias_correlation_time=values.number(node, "dynamic_bias_correlation_time", 0.0, least=0),
        precision=values.number(node, "precision", 0.0, least=0) if kind == "gaussian_quantized" else 0.0,
    )


_SPECS: dict[SensorType, Callable[[Node, Reading], SensorSpec]] = {
    "camera": _camera,
    "depth_camera": _camera,
    "rgbd_camera": _camera,
    "lidar": _lidar,
    "imu": _imu,
}
