"""What a world holds that the embedded engine ignores or changes: nothing is left out in silence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from vla_sim.engines.embedded.geoms import MAX_FRICTION
from vla_sim.sdf import scene

_RIGID = 1e12
"""SDF's default contact stiffness [N/m]."""


class Issues:
    """Collects remarks; the same one on many things of a model counts once."""

    def __init__(self, world: scene.World):
        self._file = str(world.source or world.name)
        self._places: dict[tuple[str, str, str], list[str]] = {}

    def add(self, element: str, model: str, place: str, message: str) -> None:
        """Note what happens to an element; ``place`` names it in its model (both "" where there is no name)."""
        self._places.setdefault((element, model, message), []).append(place)

    def listed(self) -> list[scene.Issue]:
        """Return one issue for each kind and model, in the order of the world."""
        found = []
        for (element, model, message), places in self._places.items():
            where = "/".join(part for part in (model, places[0]) if part)
            if len(places) > 1:
                where += f" and {len(places) - 1} more"
            found.append(scene.Issue(self._file, 0, element, f"{where}: {message}" if where else message))
        return found


class Remark(NamedTuple):
    """What happens to an element, and the element's name in its model."""

    element: str
    place: str
    message: str


def remarks(model: scene.Model) -> Iterator[Remark]:
    """Yield what the engine does not take from a model's file; what it cannot build it says when it builds."""
    for link in model.links:
        for collision in link.collisions:
            for message in _of_surface(collision.surface):
                yield Remark("surface", f"{link.name}/{collision.name}", message)
        for visual in link.visuals:
            if not visual.cast_shadows:
                yield Remark("cast_shadows", f"{link.name}/{visual.name}", "visuals cast shadows all the same")
        for sensor in link.sensors:
            if _drifts(sensor.spec):
                message = "the bias of pictures and scans is drawn at each reset and does not drift"
                yield Remark("noise", f"{link.name}/{sensor.name}", message)
    speeds = {
        plugin.joint: max(plugin.cmd_max, -plugin.cmd_min)
        for plugin in model.plugins
        if isinstance(plugin, scene.JointPositionController) and plugin.use_velocity_commands
    }
    for joint in () if model.static else model.joints:
        for message in _of_joint(joint, speeds.get(joint.name, math.inf)):
            yield Remark("joint", joint.name, message)
    for plugin in model.plugins:
        if isinstance(plugin, scene.OdometryPublisher) and plugin.dimensions != 2:
            yield Remark("plugin", "OdometryPublisher", "odometry is planar: x, y, yaw, forward speed and yaw rate")
        if isinstance(plugin, scene.JointStatePublisher):
            for joint in model.joints:
                if joint.type == "ball" and (not plugin.joints or joint.name in plugin.joints):
                    yield Remark("plugin", f"JointStatePublisher/{joint.name}", "the state of a ball joint is left out")


def _of_surface(surface: scene.Surface) -> Iterator[str]:
    if min(surface.mu, MAX_FRICTION) != min(surface.mu2, MAX_FRICTION):
        yield "friction is the same in all directions: <mu> holds, <mu2> is not used"
    if max(surface.mu, surface.mu2) > MAX_FRICTION:
        yield f"friction above {MAX_FRICTION:g} counts as {MAX_FRICTION:g}"
    if surface.restitution > 0:
        yield "nothing bounces: <restitution_coefficient> is not used"
    # MuJoCo's softness is per effective mass and that of the more slippery of two surfaces, so it cannot be these.
    if (surface.stiffness is not None and surface.stiffness < _RIGID) or surface.damping not in (None, 1.0):
        yield "contacts are as stiff as the physics step allows: <kp> and <kd> are not used"


def _of_joint(joint: scene.Joint, speed: float) -> Iterator[str]:
    """Remark on a joint whose controller keeps it to a speed (infinite: none does)."""
    axes = [axis for axis in (joint.axis, joint.axis2) if axis is not None]
    if any(axis.velocity < speed for axis in axes if math.isfinite(axis.velocity)):
        yield "the joint's speed is not limited"
    if any(axis.effort == 0 for axis in axes):
        yield "an effort limit of 0 counts as none"
    if joint.type in ("ball", "fixed") and any(restrained(axis) for axis in axes):
        yield f"a {joint.type} joint has no limits, springs, damping or friction"


def restrained(axis: scene.Axis | None) -> bool:
    """Tell whether an axis has limits, a spring, damping or friction."""
    return axis is not None and (
        math.isfinite(axis.lower)
        or math.isfinite(axis.upper)
        or axis.spring_stiffness > 0
        or axis.damping > 0
        or axis.friction > 0
    )


def _drifts(spec: scene.SensorSpec) -> bool:
    noise = spec.noise if isinstance(spec, (scene.CameraSpec, scene.LidarSpec)) else None
    return noise is not None and noise.dynamic_bias_stddev > 0 and noise.dynamic_bias_correlation_time > 0
