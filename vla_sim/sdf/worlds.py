"""``<world>``: models, lights, gravity, physics and the scene's look."""

from __future__ import annotations

from dataclasses import replace

from vla_sim.sdf import values
from vla_sim.sdf.document import Node, shorten
from vla_sim.sdf.joints import read_joint
from vla_sim.sdf.lights import read_light
from vla_sim.sdf.models import read_model
from vla_sim.sdf.plugins import read_world_plugin
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.scene import Light, Model, Physics, SceneLook, World
from vla_sim.sdf.scope import WORLD, Scope

LONGEST_STEP = 1.0
SHORTEST_STEP = 1e-6


def read_world(scope: Scope, reading: Reading) -> World:
    """Return a world without its issues: the reading holds these."""
    node = scope.node
    physics = _physics(node)
    for plugin in scope.plugins:
        read_world_plugin(plugin, reading)
    models = []
    for name, nested in scope.models.items():
        model = read_model(nested, scope.place(name, nested.node), reading)
        if model is not None:
            models.append(model)
    holder = physics if physics is not None and scope.version < (1, 6) and physics.child("gravity") else node
    default = World(scope.name)
    return World(
        name=scope.name,
        models=_with_world_joints(scope, models, reading),
        lights=_lights(scope),
        gravity=values.vector3(holder, "gravity", default.gravity),
        magnetic_field=values.vector3(node, "magnetic_field", default.magnetic_field),
        physics=_read_physics(physics),
        look=_look(node.child("scene")),
    )


def _with_world_joints(scope: Scope, models: list[Model], reading: Reading) -> tuple[Model, ...]:
    """Give each joint of the world to the model it ties to the world; those between two models are issues."""
    joints = {model.name: {joint.name: joint for joint in model.joints} for model in models}
    for name, member in scope.joints.items():
        joint = read_joint(scope, name, reading)
        if joint is None:
            continue
        model, _, child = joint.child.partition("::")
        within = joint.parent.startswith(f"{model}::")
        if model not in joints or not (within or joint.parent == WORLD):
            reading.report(member.node, "a joint between two models of the world is not supported; left out")
            continue
        if name in joints[model]:
            raise member.node.error(f"model {shorten(model)!r} has a joint {shorten(name)!r} already")
        parent = joint.parent.removeprefix(f"{model}::") if within else WORLD
        joints[model][name] = replace(joint, parent=parent, child=child)
    return tuple(replace(model, joints=tuple(joints[model.name].values())) for model in models)


def _lights(scope: Scope) -> tuple[Light, ...]:
    lights: dict[str, Light] = {}
    for member in scope.lights:
        light = read_light(member.node, scope.local_pose(member, WORLD, member.node))
        if light is None:
            continue
        if light.name in lights:
            raise member.node.error(f"the world has a light {shorten(light.name)!r} already; choose another name")
        lights[light.name] = light
    return tuple(lights.values())


def _physics(world: Node) -> Node | None:
    """Return the physics profile in force: the one marked as default, else the first.

    The rest of a profile tunes the solver of one certain physics engine and needs no report.
    """
    profiles = world.all("physics")
    for profile in profiles:
        profile.close()
    for profile in profiles:
        if values.parse_flag(profile, profile.attribute("default") or "false"):
            return profile
    return profiles[0] if profiles else None


def _read_physics(node: Node | None) -> Physics:
    if node is None:
        return Physics()
    return Physics(
        max_step_size=values.number(node, "max_step_size", 0.001, least=SHORTEST_STEP, most=LONGEST_STEP),
        real_time_factor=values.number(node, "real_time_factor", 1.0, least=0),
    )


def _look(node: Node | None) -> SceneLook:
    if node is None:
        return SceneLook()
    default = SceneLook()
    sky = node.child("sky")
    if sky is not None:
        sky.close()
    return SceneLook(
        ambient=values.colour(node, "ambient", default.ambient),
        background=values.colour(node, "background", default.background),
        shadows=values.flag(node, "shadows", default.shadows),
        grid=values.flag(node, "grid", default.grid),
        sky=sky is not None,
    )
