"""The models: the arm on a fixed base with its mast, and the same on the rover."""

from __future__ import annotations

from math import pi
from pathlib import Path

from builder import arm, hand
from builder.xml import Element, Solid, document, look, node, pose, read_model, text

MAST_HEIGHT = 1.15
CAMERA_AT = (0.5, 0.0, MAST_HEIGHT - 0.02)

MOUNT = (-0.10, 0.0, 0.62)
"""Of the arm's base on the rover."""
BALLAST = 26.0
"""Mass of the rover's hull [kg] below the arm, batteries included: it must not tip over with the arm stretched out."""
BALLAST_AT = -0.05
"""Where its middle is along the rover [m]: behind the wheels' axis, so that it rests on them and the rear caster while
the arm reaches down to a table before it ..."""
CASTER_HEIGHT = 0.0305
"""... and of the front caster's middle [m], half a millimetre off the floor, where it tips all the same: at the height
that it has on the rover the tool would drop by 2 cm."""


def standing() -> str:
    """Return the arm on a fixed base."""
    fixed = node("joint", text("parent", "world"), text("child", "arm_base"), name="base_joint", type="fixed")
    model = node("model", *_arm(), fixed, *_controllers(), _joint_states([]), name="arm")
    return document(model)


def mobile(rover: Path) -> str:
    """Return the arm on a column on the rover of that file."""
    model = read_model(rover)
    model.set("name", "mobile_arm")
    base = model.find("link[@name='base_link']")
    assert base is not None
    _weigh(base)
    told = next(plugin for plugin in model.findall("plugin") if "joint-state" in plugin.get("filename", ""))
    wheels = [joint.text or "" for joint in told.findall("joint_name")]
    model.remove(told)
    low, high = 0.188, MOUNT[2]
    # The wheels' joints go to the end, so that the arm's have the places in the joint states that they have without it.
    turning = [joint for joint in model.findall("joint") if joint.get("name") in wheels]
    for joint in turning:
        model.remove(joint)
    column = Solid((0.11, 0.11, high - low), (MOUNT[0], 0, (low + high) / 2))
    base.append(column.visual("column", look(arm.GREY)))
    base.append(column.collision("column_collision"))
    mounted = _arm()
    mounted[0].insert(0, pose(MOUNT, relative_to="base_link"))
    tie = node("joint", text("parent", "base_link"), text("child", "arm_base"), name="base_joint", type="fixed")
    model.extend([*mounted, tie, *turning, *_controllers(), _joint_states(wheels)])
    return document(model)


def _arm() -> list[Element]:
    """Return the links and joints from the base on, the base first."""
    parts = arm.base()
    for part in arm.SEGMENTS:
        parts += arm.segment(part)
    return [*parts, *hand.hand(), *hand.finger("left"), *hand.finger("right"), *_mast()]


def _mast() -> list[Element]:
    """Return the mast behind the arm, and on its boom the camera that looks straight down on the workspace."""
    post = Solid((0.035, 0.035, MAST_HEIGHT), (-0.16, 0, MAST_HEIGHT / 2))
    boom = Solid((0.68, 0.03, 0.03), (0.165, 0, MAST_HEIGHT + 0.015))
    foot = Solid((0.12, 0.06, 0.012), (-0.12, 0, 0.006))
    housing = Solid((0.025, 0.11, 0.025), (0.5, 0, MAST_HEIGHT - 0.005))
    solids = {"post": post, "boom": boom, "foot": foot, "overhead_housing": housing}
    return [
        node(
            "link",
            pose(relative_to="arm_base"),
            post.inertial(0.8),
            post.collision("post_collision"),
            boom.collision("boom_collision"),
            *(solid.visual(name, look(arm.GREY, roughness=0.7)) for name, solid in solids.items()),
            hand.rgbd("overhead", CAMERA_AT, (0, pi / 2, 0), fov=0.8, near=0.05, far=4),
            name="mast",
        ),
        node("joint", text("parent", "arm_base"), text("child", "mast"), name="mast_joint", type="fixed"),
    ]


def _controllers() -> list[Element]:
    return [*(arm.controller(part) for part in arm.SEGMENTS), hand.controller("left"), hand.controller("right")]


def _joint_states(others: list[str]) -> Element:
    """Return the plugin that tells the joints' states: the arm's, the fingers', then others."""
    names = [*(part.joint for part in arm.SEGMENTS), "left_finger", "right_finger", *others]
    return node(
        "plugin",
        *(text("joint_name", name) for name in names),
        text("update_rate", 50),
        filename="gz-sim-joint-state-publisher-system",
        name="gz::sim::systems::JointStatePublisher",
    )


def _weigh(base: Element) -> None:
    """Make the rover's hull heavier, with its centre of mass low, and let it stand firmly."""
    inertial = base.find("inertial")
    assert inertial is not None
    solid = Solid((0.32, 0.30, 0.12), (BALLAST_AT, 0, 0.075))
    base.insert(list(base).index(inertial), solid.inertial(BALLAST))
    base.remove(inertial)
    for name in ("front_caster_collision", "front_caster"):
        at = base.find(f"*[@name='{name}']/pose")
        assert at is not None
        at.text = f"0.16 0 {CASTER_HEIGHT} 0 0 0"
