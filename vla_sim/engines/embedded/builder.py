"""A world as a compiled MuJoCo model."""

from __future__ import annotations

import math
from collections.abc import Iterable

import mujoco
import numpy as np

from vla_sim.engines.embedded import drives, friction, limits
from vla_sim.engines.embedded.geoms import Carrier, Geoms
from vla_sim.engines.embedded.inertia import principal
from vla_sim.engines.embedded.issues import Issues, remarks
from vla_sim.engines.embedded.joints import Joints
from vla_sim.engines.embedded.lighting import Lighting
from vla_sim.engines.embedded.plan import Built, BuiltModel, Root
from vla_sim.engines.embedded.rotors import add_rotors
from vla_sim.engines.embedded.viewpoint import FIELD_OF_VIEW
from vla_sim.engines.streams import Source
from vla_sim.errors import InputError
from vla_sim.geometry import Pose, Quaternion
from vla_sim.kinematics.arrangement import WORLD, arrange
from vla_sim.sdf import scene

FELT_CONTACTS = 8
"""Contacts of one geom whose forces are summed: a flat pad on a flat face has four."""

CAMERA_ROTATION: Quaternion = (0.5, 0.5, -0.5, -0.5)
"""Takes SDF's camera frame (x forward, z up) to MuJoCo's (-z forward, y up)."""


def build(world: scene.World, sources: Iterable[Source], physics_step: float) -> Built:
    """Compile a world with the sensors of the given sources.

    Raises:
        InputError: a file is missing or MuJoCo cannot make a model of it.
    """
    return _Builder(world, physics_step).build(list(sources))


class _Builder:
    def __init__(self, world: scene.World, physics_step: float):
        self._world = world
        self._file = str(world.source or world.name)
        self._spec = _empty_spec(world, physics_step)
        self._geoms = Geoms(self._spec)
        self._issues = Issues(world)
        self._joints = Joints(self._spec, self._issues)
        self._lighting = Lighting(self._spec, world, self._issues)
        self._bodies: dict[tuple[str, str], tuple[mujoco.MjsBody, Pose]] = {}
        self._roots: dict[str, list[tuple[mujoco.MjsBody, Pose, mujoco.MjsJoint | None]]] = {}

    def build(self, sources: list[Source]) -> Built:
        names = [model.name for model in self._world.models]
        for index, model in enumerate(self._world.models):
            self._roots[model.name] = []
            for element, place, message in remarks(model):
                self._issues.add(element, model.name, place, message)
            if model.static:
                self._add_static(index, model)
            else:
                self._add_dynamic(index, model)
        for light in self._world.lights:
            self._lighting.add(self._spec.worldbody, Pose(), light)
        self._lighting.surround(self._world.look)
        actuators = [
            (model.name, plugin, added)
            for model in self._world.models
            for plugin, added in drives.add_actuators(
                self._spec, model, self._joints.made.get(model.name, {}), self._issues
            )
        ]
        cameras, sites = self._add_sensors(sources)
        pressures = {s.stream.name: self._add_pressure(s) for s in sources if s.stream.modality == "force"}
        free = self._spec.worldbody.add_camera(fovy=math.degrees(FIELD_OF_VIEW))
        compiled = self._compile()
        driven = [(name, plugin, [actuator.id for actuator in added]) for name, plugin, added in actuators if added]
        add_rotors(compiled, driven)
        friction.rank(compiled)
        _keep_awake(compiled)
        return Built(
            world=self._world,
            model=compiled,
            models={model.name: self._finish(compiled, index, model) for index, model in enumerate(self._world.models)},
            names=names,
            geom_model=self._owners(compiled),
            cameras={name: camera.id for name, camera in cameras.items()},
            sites={name: site.id for name, site in sites.items()},
            pressures={name: [sensor.id for sensor in found] for name, found in pressures.items()},
            drives=driven,
            free_camera=free.id,
            issues=[*self._issues.listed(), *self._geoms.issues],
            textures=self._geoms.images,
        )

    # --- bodies ---------------------------------------------------------------------------------------------------

    def _add_static(self, index: int, model: scene.Model) -> None:
        body = self._add_body(self._spec.worldbody, model.name, model.pose)
        self._roots[model.name].append((body, Pose(), None))
        for link in model.links:
            self._fill(index, model, link, body, link.pose, moves=False)

    def _add_dynamic(self, index: int, model: scene.Model) -> None:
        arrangement = arrange(model)
        anchored: set[str] = set()
        for placed in arrangement.placed:
            link, joint = placed.link, placed.joint
            if placed.parent is None or placed.parent == WORLD:
                body = self._add_body(self._spec.worldbody, f"{model.name}/{link.name}", model.pose * link.pose)
                free = body.add_freejoint() if placed.parent is None else None
                self._roots[model.name].append((body, link.pose, free))
            else:
                parent, _ = self._bodies[model.name, placed.parent]
                offset = model.link(placed.parent).pose.inverse() * link.pose
                body = self._add_body(parent, f"{model.name}/{link.name}", offset)
            if joint is not None:
                self._joints.add(model, body, joint)
                if joint.type == "fixed" and (placed.parent == WORLD or placed.parent in anchored):
                    anchored.add(link.name)
            moves = link.name not in anchored
            if moves:
                self._add_mass(model, link, body)
            self._fill(index, model, link, body, Pose(), moves=moves)
        bodies = {link.name: self._bodies[model.name, link.name][0].name for link in model.links}
        for joint in arrangement.loops:
            self._joints.close_loop(model, joint, {WORLD: "world", **bodies})
        if not model.self_collide:
            self._exclude_own(model)

    def _add_body(self, parent: mujoco.MjsBody, name: str, pose: Pose) -> mujoco.MjsBody:
        body = parent.add_body(name=name, pos=pose.position, quat=pose.rotation)
        # The geoms carry no mass. Without an inertia of its own MuJoCo puts the frame of the body's bounding volumes
        # elsewhere, and rays and contacts miss it.
        body.explicitinertial = True
        body.mass, body.ipos, body.inertia = 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
        return body

    def _add_mass(self, model: scene.Model, link: scene.Link, body: mujoco.MjsBody) -> None:
        moments, rotation, problem = principal(link.inertial)
        if problem:
            self._issues.add("inertial", model.name, link.name, problem)
        body.mass = max(link.inertial.mass, 1e-6)
        body.ipos = link.inertial.pose.position
        body.iquat = (link.inertial.pose * Pose(rotation=rotation)).rotation
        body.inertia = moments
        if not link.gravity:
            body.gravcomp = 1.0
        if link.kinematic:
            self._issues.add("kinematic", model.name, link.name, "a kinematic link is simulated as a dynamic one")

    def _exclude_own(self, model: scene.Model) -> None:
        bodies = [self._bodies[model.name, link.name][0] for link in model.links if link.collisions]
        for i, first in enumerate(bodies):
            for second in bodies[i + 1 :]:
                self._spec.add_exclude(bodyname1=first.name, bodyname2=second.name)

    def _fill(
        self, index: int, model: scene.Model, link: scene.Link, body: mujoco.MjsBody, offset: Pose, *, moves: bool
    ) -> None:
        """Hang a link's geoms and lights on a body; ``offset`` is the link's pose in the body."""
        self._bodies[model.name, link.name] = (body, offset)
        self._geoms.add(Carrier(index, link, body, offset, moves, link.name in drives.wheel_links(model)))
        for light in link.lights:
            self._lighting.add(body, offset, light)

    # --- sensors --------------------------------------------------------------------------------------------------

    def _add_sensors(self, sources: list[Source]) -> tuple[dict[str, mujoco.MjsCamera], dict[str, mujoco.MjsSite]]:
        cameras: dict[str, mujoco.MjsCamera] = {}
        sites: dict[str, mujoco.MjsSite] = {}
        for source in sources:
            stream = source.stream
            if source.sensor is None:
                continue
            body, offset = self._bodies[stream.model, stream.link]
            pose = offset * stream.pose
            limits.check(source, self._file)
            if stream.camera is not None:
                cameras[stream.name] = _add_camera(body, pose, stream.name, stream.camera)
                continue
            site = body.add_site(name=stream.name, pos=pose.position, quat=pose.rotation, group=5)
            sites[stream.name] = site
            if stream.modality == "imu":
                self._sense(stream.name, mujoco.mjtSensor.mjSENS_GYRO, mujoco.mjtSensor.mjSENS_ACCELEROMETER)
            elif stream.modality == "wrench":
                self._sense(stream.name, mujoco.mjtSensor.mjSENS_FORCE, mujoco.mjtSensor.mjSENS_TORQUE)
        return cameras, sites

    def _add_pressure(self, source: Source) -> list[mujoco.MjsSensor]:
        """Add a sensor of the contacts' forces for each geom of the collisions that feel."""
        stream = source.stream
        assert source.sensor is not None
        spec = source.sensor.spec
        assert isinstance(spec, scene.ContactSpec)
        index = [model.name for model in self._world.models].index(stream.model)
        felt = [
            made.geom
            for made in self._geoms.made.get(index, [])
            if made.feels and made.feels[0] == stream.link and (made.feels[1] in (spec.collisions or made.feels))
        ]
        for number, geom in enumerate(felt):
            geom.name = f"{stream.name}/{number}"
        return [
            self._spec.add_sensor(
                type=mujoco.mjtSensor.mjSENS_CONTACT,
                objtype=mujoco.mjtObj.mjOBJ_GEOM,
                objname=geom.name,
                intprm=[1 << mujoco.mjtConDataField.mjCONDATA_FORCE.value, 0, FELT_CONTACTS],
            )
            for geom in felt
        ]

    def _sense(self, site: str, *kinds: mujoco.mjtSensor) -> None:
        for kind in kinds:
            self._spec.add_sensor(type=kind, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=site)

    # --- compile --------------------------------------------------------------------------------------------------

    def _compile(self) -> mujoco.MjModel:
        try:
            return self._spec.compile()
        except (ValueError, mujoco.FatalError) as error:
            raise InputError(f"MuJoCo cannot build this world: {error}", file=self._file) from error

    def _finish(self, compiled: mujoco.MjModel, index: int, model: scene.Model) -> BuiltModel:
        built = BuiltModel(scene=model, index=index)
        for body, pose, free in self._roots[model.name]:
            joint = -1 if free is None else free.id
            built.roots.append(
                Root(
                    body.id,
                    pose,
                    -1 if free is None else int(compiled.jnt_qposadr[joint]),
                    -1 if free is None else int(compiled.jnt_dofadr[joint]),
                )
            )
        for link in model.links:
            body, offset = self._bodies[model.name, link.name]
            built.bodies[link.name], built.offsets[link.name] = body.id, offset
        if model.links:
            canonical = model.canonical_link if model.canonical_link in built.bodies else model.links[0].name
            assert canonical is not None
            built.canonical = built.bodies[canonical]
            built.canonical_pose = Pose() if model.static else model.link(canonical).pose
        built.joints = {name: joint.id for name, joint in self._joints.made.get(model.name, {}).items()}
        built.moves = any(compiled.body_weldid[body] != 0 for body in built.bodies.values())
        for made in self._geoms.made.get(index, []):
            built.geoms.append(made.geom.id)
            if made.feels is not None:
                built.collisions.setdefault(made.feels, []).append(made.geom.id)
        return built

    def _owners(self, compiled: mujoco.MjModel) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        owners = np.full(compiled.ngeom, -1, dtype=np.int32)
        for index, geoms in self._geoms.made.items():
            owners[[made.geom.id for made in geoms]] = index
        return owners


def _empty_spec(world: scene.World, physics_step: float) -> mujoco.MjSpec:
    spec = mujoco.MjSpec()
    spec.modelname = world.name or "world"
    spec.compiler.degree = False
    spec.compiler.autolimits = False
    spec.compiler.balanceinertia = True
    option = spec.option
    option.timestep = physics_step
    option.gravity = world.gravity
    option.magnetic = world.magnetic_field
    # Grasping and low friction hold only so: implicitfast, elliptic cones, friction much stiffer than the normal.
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0
    option.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET
    return spec


def _keep_awake(compiled: mujoco.MjModel) -> None:
    """Let no body sleep that carries a sensor: an IMU would keep its last values, contacts would not be found."""
    trees = compiled.body_treeid[compiled.site_bodyid]
    compiled.tree_sleep_policy[trees[trees >= 0]] = mujoco.mjtSleepPolicy.mjSLEEP_NEVER


def _add_camera(body: mujoco.MjsBody, pose: Pose, name: str, camera: scene.CameraSpec) -> mujoco.MjsCamera:
    """Add a camera whose frustum is the pinhole of fx, fy, cx, cy; a pixel is 1 mm on the sensor's plane."""
    pose = pose * Pose(rotation=CAMERA_ROTATION)
    return body.add_camera(
        name=name,
        pos=pose.position,
        quat=pose.rotation,
        resolution=(camera.width, camera.height),
        sensor_size=(camera.width * 1e-3, camera.height * 1e-3),
        focal_length=(camera.fx * 1e-3, camera.fy * 1e-3),
        principal_length=(
            (camera.width / 2 - camera.cx) * 1e-3,
            (camera.height / 2 - camera.cy) * 1e-3,
        ),
    )
