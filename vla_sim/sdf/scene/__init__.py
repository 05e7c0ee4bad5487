"""The typed, engine-neutral scene that an SDF file becomes: every pose resolved, every default filled in.

Units are SI; angles are radians. Colours are RGBA in 0..1. Names inside a model are scoped with ``::`` where models
are nested; nested models are flattened into the top-level model that holds them.
"""

from __future__ import annotations

from vla_sim.sdf.scene.kinematics import Axis, Frame, Joint, JointType, Light, Link
from vla_sim.sdf.scene.plugins import DiffDrive, JointPositionController, JointStatePublisher, OdometryPublisher, Plugin
from vla_sim.sdf.scene.sensors import (
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
from vla_sim.sdf.scene.shapes import Box, Capsule, Cone, Cylinder, Ellipsoid, Geometry, Mesh, Plane, Sphere
from vla_sim.sdf.scene.surfaces import Collision, Inertial, Material, Rgba, Surface, Visual
from vla_sim.sdf.scene.world import Issue, Model, Physics, SceneLook, World

__all__ = [
    "Axis",
    "Box",
    "CameraSpec",
    "Capsule",
    "Collision",
    "Cone",
    "ContactSpec",
    "Cylinder",
    "DiffDrive",
    "Ellipsoid",
    "ForceTorqueSpec",
    "Frame",
    "GaussianNoise",
    "Geometry",
    "ImuSpec",
    "Inertial",
    "Issue",
    "Joint",
    "JointPositionController",
    "JointStatePublisher",
    "JointType",
    "LidarSpec",
    "Light",
    "Link",
    "Material",
    "Mesh",
    "Model",
    "OdometryPublisher",
    "Physics",
    "Plane",
    "Plugin",
    "Rgba",
    "SceneLook",
    "Sensor",
    "SensorSpec",
    "SensorType",
    "Sphere",
    "Surface",
    "Visual",
    "World",
]
