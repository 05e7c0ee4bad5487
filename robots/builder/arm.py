"""The arm from its base to its flange: six revolute joints, all at 0 in the home pose.

Lengths are those of a UR5e; masses are those of a light arm of carbon fibre, so that a small rover can carry it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

from builder.xml import Element, Solid, Vector, look, node, pose, text

WHITE, GREY, BLUE = "#e9ebee", "#4a4f57", "#3a86c8"

SHOULDER_HEIGHT = 0.1625
OFFSET = 0.1333
"""Of the plane of the wrist from the axis of the shoulder."""
UPPER_ARM = 0.425
FOREARM = 0.3922
WRIST_2 = 0.0997
FLANGE = 0.0996

ELBOW_HEIGHT = SHOULDER_HEIGHT + UPPER_ARM
WRIST_AT: Vector = (FOREARM + WRIST_2, OFFSET, ELBOW_HEIGHT)

ALONG_X: Vector = (0.0, pi / 2, 0.0)
ALONG_Y: Vector = (pi / 2, 0.0, 0.0)


@dataclass(frozen=True)
class Segment:
    """A joint and the link that it moves.

    ``at`` is where both are at home, in the arm's frame; ``body`` carries the mass; ``tubes`` are drawn light, ``caps``
    dark. Tubes, caps and body are in the link's frame, which is parallel to the arm's at home.
    """

    joint: str
    link: str
    parent: str
    at: Vector
    axis: Vector
    limits: tuple[float, float]
    speed: float
    effort: float
    mass: float
    body: Solid
    tubes: tuple[Solid, ...] = ()
    caps: tuple[Solid, ...] = ()


SEGMENTS = (
    Segment(
        "shoulder_pan", "shoulder", "arm_base", (0, 0, SHOULDER_HEIGHT), (0, 0, 1), (-3.1, 3.1), 2.0, 150, 1.6,
        body=Solid((0.06, 0.14), (0, 0.02, 0)),
        tubes=(Solid((0.06, 0.125)), Solid((0.055, 0.07), (0, 0.04, 0), ALONG_Y)),
        caps=(Solid((0.0605, 0.01), (0, 0, -0.058)),),
    ),
    Segment(
        "shoulder_lift", "upper_arm", "shoulder", (0, OFFSET, SHOULDER_HEIGHT), (0, 1, 0), (-1.6, 1.6), 2.0, 150, 1.9,
        body=Solid((0.05, UPPER_ARM), (0, 0, UPPER_ARM / 2)),
        tubes=(
            Solid((0.045, UPPER_ARM), (0, 0, UPPER_ARM / 2)),
            Solid((0.058, 0.115), turn=ALONG_Y),
            Solid((0.053, 0.115), (0, 0, UPPER_ARM), ALONG_Y),
        ),
        caps=(Solid((0.055, 0.02), (0, 0.06, 0), ALONG_Y), Solid((0.05, 0.02), (0, 0.06, UPPER_ARM), ALONG_Y)),
    ),
    Segment(
        "elbow", "forearm", "upper_arm", (0, OFFSET, ELBOW_HEIGHT), (0, 1, 0), (-1.5, 1.45), 2.0, 150, 1.2,
        body=Solid((0.042, FOREARM), (FOREARM / 2, -0.115, 0), ALONG_X),
        tubes=(
            Solid((0.038, FOREARM), (FOREARM / 2, -0.115, 0), ALONG_X),
            Solid((0.05, 0.105), (0, -0.111, 0), ALONG_Y),
            Solid((0.043, 0.105), (FOREARM, -0.111, 0), ALONG_Y),
        ),
        caps=(Solid((0.047, 0.015), (0, -0.168, 0), ALONG_Y), Solid((0.04, 0.015), (FOREARM, -0.168, 0), ALONG_Y)),
    ),
    Segment(
        "wrist_1", "wrist_1_link", "forearm", (FOREARM, OFFSET, ELBOW_HEIGHT), (0, 1, 0), (-2.4, 2.4), 3.0, 28, 0.6,
        body=Solid((0.042, 0.105), (0, -0.005, 0), ALONG_Y),
        tubes=(Solid((0.042, 0.103), (0, -0.006, 0), ALONG_Y), Solid((0.04, 0.055), (0.0275, 0, 0), ALONG_X)),
        caps=(Solid((0.039, 0.015), (0, 0.05, 0), ALONG_Y),),
    ),
    Segment(
        "wrist_2", "wrist_2_link", "wrist_1_link", WRIST_AT, (1, 0, 0), (-2.0, 2.0), 3.0, 28, 0.6,
        body=Solid((0.042, 0.09), turn=ALONG_X),
        tubes=(Solid((0.042, 0.088), turn=ALONG_X), Solid((0.04, 0.055), (0, 0, -0.0275))),
        caps=(Solid((0.039, 0.015), (0.05, 0, 0), ALONG_X),),
    ),
    Segment(
        "wrist_3", "wrist_3_link", "wrist_2_link", WRIST_AT, (0, 0, -1), (-3.1, 3.1), 3.0, 28, 0.3,
        body=Solid((0.038, 0.044), (0, 0, -0.0776)),
        caps=(Solid((0.038, 0.0436), (0, 0, -0.0776)),),
    ),
)  # fmt: skip


def base() -> list[Element]:
    """Return the base, a foot that is screwed down."""
    foot = Solid((0.075, 0.10), (0, 0, 0.05))
    plate = Solid((0.09, 0.014), (0, 0, 0.007))
    return [
        node(
            "link",
            foot.inertial(2.0),
            foot.collision("base_collision"),
            foot.visual("base", look(WHITE)),
            plate.visual("plate", look(GREY)),
            name="arm_base",
        )
    ]


def segment(part: Segment) -> list[Element]:
    """Return a link and the joint that moves it."""
    seen = [tube.visual(f"{part.link}_tube_{i}", look(WHITE)) for i, tube in enumerate(part.tubes, 1)]
    seen += [
        cap.visual(f"{part.link}_cap_{i}", look(BLUE if part.tubes else GREY)) for i, cap in enumerate(part.caps, 1)
    ]
    solids = part.tubes or part.caps
    touched = [solid.collision(f"{part.link}_collision_{i}") for i, solid in enumerate(solids, 1)]
    low, high = part.limits
    limit = node(
        "limit", text("lower", low), text("upper", high), text("effort", part.effort), text("velocity", part.speed)
    )
    return [
        node(
            "link",
            pose(part.at, relative_to="arm_base"),
            part.body.inertial(part.mass),
            *touched,
            *seen,
            name=part.link,
        ),
        node(
            "joint",
            text("parent", part.parent),
            text("child", part.link),
            node("axis", text("xyz", part.axis), limit, node("dynamics", text("damping", 1.0))),
            name=part.joint,
            type="revolute",
        ),
    ]


def controller(part: Segment) -> Element:
    """Return the plugin that moves a joint to its goal, no faster than its speed."""
    return node(
        "plugin",
        text("joint_name", part.joint),
        text("use_velocity_commands", "true"),
        text("cmd_max", part.speed),
        text("cmd_min", -part.speed),
        filename="gz-sim-joint-position-controller-system",
        name="gz::sim::systems::JointPositionController",
    )
