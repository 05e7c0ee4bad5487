"""Lights, ambient light and background."""

from __future__ import annotations

import math

import mujoco
import numpy as np

from vla_sim.engines.embedded.issues import Issues
from vla_sim.geometry import Pose, rotate
from vla_sim.sdf.scene import Light, SceneLook, World

MAX_LIGHTS = 7
"""OpenGL's fixed pipeline has eight lights; one is the ambient light."""

WHITE = 1.15
MIN_AMBIENT = 0.4
"""Ambient light and the brightest directional one together give at most the first, as long as ambient keeps the second:
many worlds ask for both at full, which Gazebo's tone mapping takes and plain colours do not."""

_TYPES = {
    "directional": mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
    "point": mujoco.mjtLightType.mjLIGHT_POINT,
    "spot": mujoco.mjtLightType.mjLIGHT_SPOT,
}


class Lighting:
    """The lights of a model description in the making."""

    def __init__(self, spec: mujoco.MjSpec, world: World, issues: Issues):
        self._spec = spec
        self._shadows = world.look.shadows
        self._count = 0
        self._brightest = 0.0
        self._issues = issues

    def add(self, body: mujoco.MjsBody, offset: Pose, light: Light) -> None:
        """Add a light to a body; ``offset`` is the frame of the light's pose in the body."""
        if self._count == MAX_LIGHTS:
            self._issues.add("light", "", light.name, f"stays off: the engine draws at most {MAX_LIGHTS} lights")
            return
        self._count += 1
        if light.type == "directional":
            self._brightest = max(self._brightest, max(light.diffuse[:3]) * light.intensity)
        pose = offset * light.pose
        added = body.add_light(
            pos=pose.position,
            dir=rotate(pose.rotation, light.direction),
            type=_TYPES[light.type],
            castshadow=light.cast_shadows and self._shadows,
            ambient=(0.0, 0.0, 0.0),
            diffuse=[min(1.0, channel * light.intensity) for channel in light.diffuse[:3]],
            specular=[min(1.0, channel * light.intensity) for channel in light.specular[:3]],
            attenuation=light.attenuation,
            range=max(light.attenuation_range, 0.01),
        )
        if light.type == "spot":
            added.cutoff = min(90.0, math.degrees(light.spot_outer) / 2) if light.spot_outer > 0 else 45.0
            added.exponent = light.spot_falloff

    def surround(self, look: SceneLook) -> None:
        """Set ambient light and background; a world with no light at all gets one that shines from the camera."""
        headlight = self._spec.visual.headlight
        headlight.active = 1
        unlit = self._count == 0
        limit = max(MIN_AMBIENT, WHITE - self._brightest)
        headlight.ambient = [min(channel, limit) for channel in look.ambient[:3]]
        headlight.diffuse = [0.6 if unlit else 0.0] * 3
        headlight.specular = (0.0, 0.0, 0.0)
        top, bottom = (look.background[:3], look.background[:3])
        if look.sky:
            top, bottom = (0.35, 0.55, 0.85), (0.85, 0.9, 0.95)
        self._spec.add_texture(
            name="background",
            type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
            builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
            rgb1=top,
            rgb2=bottom,
            width=16,
            height=96,
        )


def frame_the_world(model: mujoco.MjModel, data: mujoco.MjData) -> None:
    """Set the size and centre of the scene, and move directional lights back so that their shadow map covers it.

    MuJoCo draws shadows of a directional light only within a box around the light's position. The extent is set to 1,
    so that near, far and shadow sizes of ``model.vis.map`` are metres.
    """
    bounded = model.geom_rbound > 0
    if np.any(bounded):
        centres, radii = data.geom_xpos[bounded], model.geom_rbound[bounded, None]
        low, high = (centres - radii).min(axis=0), (centres + radii).max(axis=0)
    else:
        low, high = np.full(3, -2.0), np.full(3, 2.0)
    radius = float(np.clip(np.linalg.norm(high - low) / 2, 0.5, 50.0))
    centre = (low + high) / 2
    model.stat.center[:] = centre
    model.stat.extent = 1.0
    model.vis.map.shadowclip = radius
    for light in np.flatnonzero(model.light_type == mujoco.mjtLightType.mjLIGHT_DIRECTIONAL):
        if model.light_bodyid[light] == 0:
            direction = model.light_dir[light] / np.linalg.norm(model.light_dir[light])
            model.light_pos[light] = centre - 2 * radius * direction
            # Camera-independent: positions are in the world's frame, as the light hangs on the world body.
            model.light_pos0[light] = model.light_pos[light]
