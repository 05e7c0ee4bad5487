"""A world as a compiled MuJoCo model."""

from __future__ import annotations

import math
from collections.abc import Iterable

import mujoco
import numpy as np

from vla_sim.engines.embedded import drives, friction, kinematics, limits, shapes
from vla_sim.engines.embedded.inertia import principal
from vla_sim.engines.embedded.lighting import Lighting
from vla_sim.engines.embedded.looks import Looks, colour
from vla_sim.engines.embedded.meshes import Meshes
from vla_sim.engines.embedded.plan import Built, BuiltModel, Root
from vla_sim.engines.embedded.streams import Source
from vla_sim.engines.embedded.viewpoint import FIELD_OF_VIEW
from vla_sim.errors import InputError
from vla_sim.geometry import Pose, Quaternion, rotate
from vla_sim.sdf import scene

CAMERA_ROTATION: Quaternion = (0.5, 0.5, -0.5, -0.5)
"""Takes SDF's camera frame (x forward, z up) to MuJoCo's (-z forward, y up)."""

MAX_FRICTION = 10.0
"""Larger coefficients (some worlds say 1e5) hold no better and condition the solver badly."""

CONTACT_STIFFNESS = (0.02, 1.0)
CONTACT_IMPEDANCE = (0.95, 0.99, 0.001, 0.5, 2.0)
"""Stiffer than MuJoCo's default, so that wheels sink in less; a shorter time constant makes dragged casters hop."""

_ELLIPSOID = mujoco.mjtGeom.mjGEOM_ELLIPSOID


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
        self._looks = Looks(self._spec)
        self._meshes = Meshes(self._spec, self._looks)
        self._lighting = Lighting(self._spec, world)
        self._issues: list[scene.Issue] = []
        self._bodies: dict[tuple[str, str], tuple[mujoco.MjsBody, Pose]] = {}
        self._geoms: list[tuple[mujoco.MjsGeom, int, tuple[str, str] | None]] = []
        self._joints: dict[str, dict[str, mujoco.MjsJoint]] = {}
        self._roots: dict[str, list[tuple[mujoco.MjsBody, Pose, mujoco.MjsJoint | None]]] = {}

    def build(self, sources: list[Source]) -> Built:
        names = [model.name for model in self._world.models]
        for index, model in enumerate(self._world.models):
            self._roots[model.name] = []
            self._joints[model.name] = {}
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
            for plugin, added in drives.add_actuators(self._spec, model, self._joints[model.name], self._issue)
        ]
        cameras, sites = self._add_sensors(sources)
        free = self._spec.worldbody.add_camera(fovy=math.degrees(FIELD_OF_VIEW))
        compiled = self._compile()
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
            drives=[(name, plugin, [actuator.id for actuator in added]) for name, plugin, added in actuators if added],
            free_camera=free.id,
            issues=[*self._issues, *self._lighting.issues, *self._meshes.issues],
            textures=self._looks.images,
        )

    # --- bodies ---------------------------------------------------------------------------------------------------

    def _add_static(self, index: int, model: scene.Model) -> None:
        body = self._add_body(self._spec.worldbody, model.name, model.pose)
        self._roots[model.name].append((body, Pose(), None))
        for link in model.links:
            self._fill(index, model, link, body, link.pose, moves=False)

    def _add_dynamic(self, index: int, model: scene.Model) -> None:
        arrangement = kinematics.arrange(model)
        anchored: set[str] = set()
        for placed in arrangement.placed:
            link, joint = placed.link, placed.joint
            if placed.parent is None or placed.parent == kinematics.WORLD:
                body = self._add_body(self._spec.worldbody, f"{model.name}/{link.name}", model.pose * link.pose)
                free = body.add_freejoint() if placed.parent is None else None
                self._roots[model.name].append((body, link.pose, free))
            else:
                parent, _ = self._bodies[model.name, placed.parent]
                offset = model.link(placed.parent).pose.inverse() * link.pose
                body = self._add_body(parent, f"{model.name}/{link.name}", offset)
            if joint is not None:
                self._add_joint(model, body, joint)
                if joint.type == "fixed" and (placed.parent == kinematics.WORLD or placed.parent in anchored):
                    anchored.add(link.name)
            moves = link.name not in anchored
            if moves:
                self._add_mass(model, link, body)
            self._fill(index, model, link, body, Pose(), moves=moves)
        for joint in arrangement.loops:
            self._close_loop(model, joint)
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
            self._issue("inertial", f"link {model.name}/{link.name}: {problem}")
        body.mass = max(link.inertial.mass, 1e-6)
        body.ipos = link.inertial.pose.position
        body.iquat = (link.inertial.pose * Pose(rotation=rotation)).rotation
        body.inertia = moments
        if not link.gravity:
            body.gravcomp = 1.0
        if link.kinematic:
            self._issue("kinematic", f"link {model.name}/{link.name} is simulated as a dynamic one")

    def _exclude_own(self, model: scene.Model) -> None:
        bodies = [self._bodies[model.name, link.name][0] for link in model.links if link.collisions]
        for i, first in enumerate(bodies):
            for second in bodies[i + 1 :]:
                self._spec.add_exclude(bodyname1=first.name, bodyname2=second.name)

    # --- joints ---------------------------------------------------------------------------------------------------

    def _add_joint(self, model: scene.Model, body: mujoco.MjsBody, joint: scene.Joint) -> None:
        kinds = mujoco.mjtJoint
        match joint.type:
            case "fixed":
                pass
            case "ball":
                body.add_joint(name=f"{model.name}/{joint.name}", type=kinds.mjJNT_BALL, pos=joint.pose.position)
            case "prismatic":
                self._add_axis(model, body, joint, joint.axis, kinds.mjJNT_SLIDE)
            case "universal" | "revolute2":
                self._add_axis(model, body, joint, joint.axis, kinds.mjJNT_HINGE)
                self._add_axis(model, body, joint, joint.axis2, kinds.mjJNT_HINGE, second=True)
            case _:
                if joint.type == "screw":
                    self._issue("joint", f"screw joint {model.name}/{joint.name} turns without moving along its axis")
                self._add_axis(model, body, joint, joint.axis, kinds.mjJNT_HINGE)

    def _add_axis(
        self,
        model: scene.Model,
        body: mujoco.MjsBody,
        joint: scene.Joint,
        axis: scene.Axis | None,
        kind: mujoco.mjtJoint,
        second: bool = False,
    ) -> None:
        axis = axis or scene.Axis((0.0, 0.0, 1.0))
        name = f"{joint.name}/2" if second else joint.name
        added = body.add_joint(
            name=f"{model.name}/{name}",
            type=kind,
            pos=joint.pose.position,
            axis=rotate(joint.pose.rotation, axis.xyz),
            damping=(max(0.0, axis.damping), 0.0, 0.0),
            frictionloss=max(0.0, axis.friction),
        )
        if axis.spring_stiffness > 0:
            added.stiffness = (axis.spring_stiffness, 0.0, 0.0)
            added.springref = axis.spring_reference
        if joint.type != "continuous" and (math.isfinite(axis.lower) or math.isfinite(axis.upper)):
            added.limited = 1
            added.range = _range(axis)
        if math.isfinite(axis.effort) and axis.effort > 0:
            added.actfrclimited = 1
            added.actfrcrange = (-axis.effort, axis.effort)
        self._joints[model.name][name] = added

    def _close_loop(self, model: scene.Model, joint: scene.Joint) -> None:
        ends = [self._bodies.get((model.name, name)) for name in (joint.child, joint.parent)]
        world = joint.parent == kinematics.WORLD
        if ends[0] is None or (ends[1] is None and not world) or joint.parent == joint.child:
            self._issue("joint", f"joint {model.name}/{joint.name} joins links that are not there; it is left out")
            return
        child = ends[0][0].name
        parent = "world" if ends[1] is None else ends[1][0].name
        anchors = [joint.pose.position]
        match joint.type:
            case "fixed":
                self._spec.add_equality(
                    type=mujoco.mjtEq.mjEQ_WELD,
                    objtype=mujoco.mjtObj.mjOBJ_BODY,
                    name1=child,
                    name2=parent,
                    # No relative pose: the one of the file; then the torque scale.
                    data=[0.0] * 10 + [1.0, 0.0],
                )
                return
            case "ball":
                pass
            case "revolute" | "continuous":
                # Two points on the axis leave only the turn about it.
                along = rotate(joint.pose.rotation, (joint.axis or scene.Axis((0.0, 0.0, 1.0))).xyz)
                x, y, z = (p + 0.1 * a for p, a in zip(joint.pose.position, along, strict=True))
                anchors.append((x, y, z))
            case _:
                self._issue("joint", f"{joint.type} joint {model.name}/{joint.name} closes a loop; it is left out")
                return
        for anchor in anchors:
            self._spec.add_equality(
                type=mujoco.mjtEq.mjEQ_CONNECT,
                objtype=mujoco.mjtObj.mjOBJ_BODY,
                name1=child,
                name2=parent,
                data=[*anchor, *[0.0] * 9],
            )

    # --- geoms ----------------------------------------------------------------------------------------------------

    def _fill(
        self, index: int, model: scene.Model, link: scene.Link, body: mujoco.MjsBody, offset: Pose, *, moves: bool
    ) -> None:
        """Hang a link's visuals, collisions and lights on a body; ``offset`` is the link's pose in the body."""
        self._bodies[model.name, link.name] = (body, offset)
        wheels = drives.wheel_links(model)
        merged: set[int] = set()
        for visual in link.visuals:
            partner = next(
                (
                    k
                    for k, collision in enumerate(link.collisions)
                    if k not in merged and link.name not in wheels and _coincide(visual, collision)
                ),
                None,
            )
            collision = None if partner is None else link.collisions[partner]
            if self._add_visual(index, link, visual, collision, body, offset, moves) and partner is not None:
                merged.add(partner)
        for k, collision in enumerate(link.collisions):
            if k not in merged:
                self._add_collision(index, model, link, collision, body, offset, moves, link.name in wheels)
        for light in link.lights:
            self._lighting.add(body, offset, light)

    def _add_visual(
        self,
        index: int,
        link: scene.Link,
        visual: scene.Visual,
        collision: scene.Collision | None,
        body: mujoco.MjsBody,
        offset: Pose,
        moves: bool,
    ) -> bool:
        """Add a visual; return whether its geom is also the coinciding collision."""
        material = visual.material or scene.Material()
        rgba = colour(material, visual.transparency)
        pose = offset * visual.pose
        solid = shapes.primitive(visual.geometry, moves)
        if solid is None:
            if rgba[3] > 0:
                for part in self._meshes.visual(visual.geometry, visual.material):
                    geom = self._add_geom(index, body, pose, shapes.GROUP_SEEN)
                    geom.type = shapes.GeomType.mjGEOM_MESH
                    geom.meshname, geom.material = part.mesh, part.material
                    geom.rgba = part.rgba if visual.material is None else rgba
            return False
        if rgba[3] <= 0 and collision is None:
            return False
        drawn = None if material.texture is None else self._meshes.textured(visual.geometry, material)
        group = shapes.GROUP_SEEN if drawn is None else shapes.GROUP_SCANNED
        geom = self._add_geom(index, body, pose * solid.pose, shapes.GROUP_HIDDEN if rgba[3] <= 0 else group)
        geom.type, geom.size, geom.rgba = solid.type, solid.size, rgba
        geom.material = self._looks.material(material, shapes.repeats(visual.geometry))
        if drawn is not None and rgba[3] > 0:
            stand_in = self._add_geom(index, body, pose, shapes.GROUP_DRAWN)
            stand_in.type = shapes.GeomType.mjGEOM_MESH
            stand_in.meshname, stand_in.material, stand_in.rgba = drawn, self._looks.material(material), rgba
        if collision is not None:
            self._collide(geom, collision, moves)
            self._geoms[[g for g, _, _ in self._geoms].index(geom)] = (geom, index, (link.name, collision.name))
        return collision is not None

    def _add_collision(
        self,
        index: int,
        model: scene.Model,
        link: scene.Link,
        collision: scene.Collision,
        body: mujoco.MjsBody,
        offset: Pose,
        moves: bool,
        wheel: bool,
    ) -> None:
        pose = offset * collision.pose
        feels = (link.name, collision.name)
        solid = shapes.primitive(collision.geometry, moves)
        if solid is None:
            for mesh in self._meshes.hulls(collision.geometry):
                geom = self._add_geom(index, body, pose, shapes.GROUP_HIDDEN, feels)
                geom.type, geom.meshname = shapes.GeomType.mjGEOM_MESH, mesh
                self._collide(geom, collision, moves)
            return
        geom = self._add_geom(index, body, pose * solid.pose, shapes.GROUP_HIDDEN, feels)
        geom.type, geom.size = solid.type, solid.size
        if wheel and isinstance(collision.geometry, scene.Cylinder):
            # A cylinder's edges scrub and lose up to a fifth of the yaw; an ellipsoid touches at one point.
            radius, half_width = solid.size[0], solid.size[1]
            geom.type, geom.size = _ELLIPSOID, (radius, radius, half_width)
        self._collide(geom, collision, moves)

    def _add_geom(
        self, index: int, body: mujoco.MjsBody, pose: Pose, group: int, feels: tuple[str, str] | None = None
    ) -> mujoco.MjsGeom:
        geom = body.add_geom(pos=pose.position, quat=pose.rotation, group=group, contype=0, conaffinity=0, mass=0.0)
        self._geoms.append((geom, index, feels))
        return geom

    def _collide(self, geom: mujoco.MjsGeom, collision: scene.Collision, moves: bool) -> None:
        surface = collision.surface
        geom.contype, geom.conaffinity = (1, 1) if moves else (0, 1)
        geom.friction = (min(max(surface.mu, 0.0), MAX_FRICTION), surface.torsional or 0.005, 0.0001)
        geom.solref, geom.solimp = CONTACT_STIFFNESS, CONTACT_IMPEDANCE
        geom.condim = 3 if surface.torsional is None else 4

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
                for kind in (mujoco.mjtSensor.mjSENS_GYRO, mujoco.mjtSensor.mjSENS_ACCELEROMETER):
                    self._spec.add_sensor(type=kind, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=stream.name)
        return cameras, sites

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
        built.joints = {name: joint.id for name, joint in self._joints[model.name].items()}
        built.moves = any(compiled.body_weldid[body] != 0 for body in built.bodies.values())
        for geom, owner, feels in self._geoms:
            if owner == index:
                built.geoms.append(geom.id)
                if feels is not None:
                    built.collisions.setdefault(feels, []).append(geom.id)
        return built

    def _owners(self, compiled: mujoco.MjModel) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        owners = np.full(compiled.ngeom, -1, dtype=np.int32)
        for geom, index, _ in self._geoms:
            owners[geom.id] = index
        return owners

    def _issue(self, element: str, message: str) -> None:
        self._issues.append(scene.Issue(self._file, 0, element, message))


def _empty_spec(world: scene.World, physics_step: float) -> mujoco.MjSpec:
    spec = mujoco.MjSpec()
    spec.modelname = world.name or "world"
    spec.compiler.degree = True
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


def _range(axis: scene.Axis) -> tuple[float, float]:
    """Return a joint's limits; MuJoCo wants a range, so a joint whose limits are equal gets a tiny one."""
    lower, upper = max(axis.lower, -1e6), min(axis.upper, 1e6)
    return (lower, upper) if upper > lower else (lower - 1e-4, lower + 1e-4)


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


def _coincide(visual: scene.Visual, collision: scene.Collision) -> bool:
    return visual.geometry == collision.geometry and shapes.same_place(visual.pose, collision.pose)
