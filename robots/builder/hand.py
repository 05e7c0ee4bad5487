"""The hand at the flange: a force sensor, a parallel gripper with pads that feel, a camera, and the frame ``tool``."""

from __future__ import annotations

from math import pi

from builder.arm import ELBOW_HEIGHT, FLANGE, FOREARM, GREY, OFFSET, WRIST_2
from builder.xml import NAMESPACE, Element, Solid, look, node, pose, text

STROKE = 0.05
"""Way of each finger [m]."""
FORCE = 40.0
"""Greatest force of each finger [N]."""
STIFFNESS = 4000.0
"""Of a finger's controller [N/m]: 10 mm from its goal it presses with all its force."""
DAMPING = 150.0
"""Of a finger [N s/m]: it moves at FORCE / DAMPING at most, 0.27 m/s."""
PAD = (0.024, 0.012, 0.04)
"""Size of a pad [m]: across, thickness, along the finger."""
PAD_FRICTION = 1.2
TOOL = 0.14
"""From the flange to the frame between the pads [m]."""
TIP = 0.155
CAMERA_TILT = 0.45

BLACK, RUBBER = "#25282d", "#3b3f45"
AT = (FOREARM + WRIST_2, OFFSET, ELBOW_HEIGHT - FLANGE)


def hand() -> list[Element]:
    """Return the palm, its joint with the force sensor, and the frame ``tool``."""
    palm = Solid((0.066, 0.15, 0.05), (0, 0, 0.058))
    neck = Solid((0.034, 0.034), (0, 0, 0.017))
    housing = Solid((0.022, 0.09, 0.022), (-0.078, 0, 0.052))
    bracket = Solid((0.05, 0.03, 0.01), (-0.05, 0, 0.055))
    force = node(
        "sensor",
        text("update_rate", 50),
        text("always_on", "true"),
        node("force_torque", text("frame", "child"), text("measure_direction", "child_to_parent")),
        name="wrist_force",
        type="force_torque",
    )
    return [
        node(
            "link",
            pose(AT, (pi, 0, 0), relative_to="arm_base"),
            palm.inertial(0.6),
            palm.collision("palm_collision"),
            palm.visual("palm", look(BLACK)),
            neck.visual("neck", look(GREY)),
            bracket.visual("camera_bracket", look(GREY)),
            housing.visual("camera_housing", look("#1c1d20", roughness=0.3)),
            _camera(),
            name="hand",
        ),
        node("joint", text("parent", "wrist_3_link"), text("child", "hand"), force, name="hand_joint", type="fixed"),
        node("frame", pose((0, 0, TOOL)), name="tool", attached_to="hand"),
    ]


def _camera() -> Element:
    """Return the camera behind the fingers: it looks along them, and its picture's upper side is the hand's x."""
    return rgbd("wrist", (-0.078, 0, 0.0645), (pi, -(pi / 2 - CAMERA_TILT), 0), fov=1.3, near=0.02, far=4)


def rgbd(
    name: str, at: tuple[float, float, float], turn: tuple[float, float, float], fov: float, near: float, far: float
) -> Element:
    """Return an RGB-D camera of 96 x 96 pixels and 10 Hz."""
    image = node("image", text("width", 96), text("height", 96), text("format", "R8G8B8"))
    clip = node("clip", text("near", near), text("far", far))
    return node(
        "sensor",
        pose(at, turn),
        text("update_rate", 10),
        text("always_on", "true"),
        node("camera", text("horizontal_fov", fov), image, clip),
        name=name,
        type="rgbd_camera",
    )


def finger(side: str) -> list[Element]:
    """Return a finger, its joint, and the sensor in its pad. At 0 the pads touch in the middle."""
    sign = 1.0 if side == "left" else -1.0
    pad = Solid(PAD, (0, sign * PAD[1] / 2, TIP - PAD[2] / 2))
    shank = Solid((0.022, 0.016, 0.036), (0, sign * 0.010, 0.099))
    body = Solid((0.024, 0.014, 0.075), (0, sign * 0.008, 0.118))
    touch = node(
        "sensor",
        text("update_rate", 50),
        text("always_on", "true"),
        node("contact", text("collision", f"{side}_pad")),
        text(f"{{{NAMESPACE}}}force", "true"),
        name=f"{side}_touch",
        type="contact",
    )
    limit = node("limit", text("lower", 0), text("upper", STROKE), text("effort", FORCE))
    return [
        node(
            "link",
            pose(relative_to="hand"),
            body.inertial(0.15),
            shank.collision(f"{side}_shank_collision"),
            pad.collision(f"{side}_pad", PAD_FRICTION),
            shank.visual(f"{side}_shank", look(GREY)),
            pad.visual(f"{side}_pad_visual", look(RUBBER, roughness=0.9, metalness=0)),
            touch,
            name=f"{side}_finger_link",
        ),
        node(
            "joint",
            text("parent", "hand"),
            text("child", f"{side}_finger_link"),
            node("axis", text("xyz", (0, sign, 0)), limit, node("dynamics", text("damping", DAMPING))),
            name=f"{side}_finger",
            type="prismatic",
        ),
    ]


def controller(side: str) -> Element:
    """Return the plugin that presses a finger towards its goal, with ``FORCE`` at most; it begins open."""
    return node(
        "plugin",
        text("joint_name", f"{side}_finger"),
        text("p_gain", STIFFNESS),
        text("i_gain", 0),
        text("d_gain", 0),
        text("cmd_max", FORCE),
        text("cmd_min", -FORCE),
        text("initial_position", STROKE),
        filename="gz-sim-joint-position-controller-system",
        name="gz::sim::systems::JointPositionController",
    )
