"""What the agent node says, as the fields of messages: commands, plans, objects, pictures, status. Stamps are in ns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.engine import Command
from vla_sim.explanation import PlannedStep, SeenObject
from vla_sim.report.ros2_messages import Fields
from vla_sim.ros.loop import Decision
from vla_sim.ros.readings import SECOND
from vla_sim.sdf.scene import CameraSpec

_LINE_STRIP, _TEXT, _ADD, _DELETE_ALL = 4, 9, 0, 3
"""Of ``visualization_msgs/Marker``."""
_AWAY = 1.0
"""Distance ahead of the camera at which boxes are drawn [m]: how far the things are is not said."""


def header_of(stamp: int, frame: str) -> Fields:
    """Return a ``std_msgs/Header``, exact to the nanosecond."""
    seconds, nanoseconds = divmod(stamp, SECOND)
    return {"stamp": {"sec": seconds, "nanosec": nanoseconds}, "frame_id": frame}


def twist(command: Command) -> Fields:
    """Return a command as ``geometry_msgs/Twist``."""
    return {"linear": {"x": float(command.linear)}, "angular": {"z": float(command.angular)}}


def joint_goals(stamp: int, command: Command) -> Fields:
    """Return a command's goals as ``sensor_msgs/JointState``; without any, joints stay where they are told to be."""
    names, goals = list(command.joints), list(map(float, command.joints.values()))
    return {"header": header_of(stamp, ""), "name": names, "position": goals, "velocity": [], "effort": []}


def sequence_text(stamp: int, words: str, steps: Sequence[PlannedStep], longest: int) -> str:
    """Return a plan as JSON, cut to so many actions."""
    actions = [
        {
            "word": step.word,
            "index": step.index,
            "confidence": round(step.confidence, 4),
            "description": step.description,
        }
        for step in steps[:longest]
    ]
    return json.dumps({"stamp": stamp / SECOND, "words": words, "actions": actions})


def objects_text(stamp: int, words: str, objects: Sequence[SeenObject], size: tuple[int, int]) -> str:
    """Return what was seen as JSON; ``size`` is the height and width of the picture [pixels], boxes are in it."""
    found = [
        {"query": each.query, "box": [round(edge, 2) for edge in each.box], "score": round(each.score, 4)}
        for each in objects
    ]
    return json.dumps({"stamp": stamp / SECOND, "words": words, "height": size[0], "width": size[1], "objects": found})


def detections(head: Fields, objects: Sequence[SeenObject]) -> Fields:
    """Return what was seen as ``vision_msgs/Detection2DArray``: the words are the class, boxes are in pixels."""
    return {
        "header": head,
        "detections": [
            {
                "header": head,
                "results": [{"hypothesis": {"class_id": each.query, "score": float(each.score)}}],
                "bbox": {
                    "center": {
                        "position": {"x": (each.box[0] + each.box[2]) / 2, "y": (each.box[1] + each.box[3]) / 2},
                        "theta": 0.0,
                    },
                    "size_x": float(each.box[2] - each.box[0]),
                    "size_y": float(each.box[3] - each.box[1]),
                },
                "id": str(number),
            }
            for number, each in enumerate(objects)
        ],
    }


def markers(head: Fields, objects: Sequence[SeenObject], camera: CameraSpec) -> Fields:
    """Return what was seen as ``visualization_msgs/MarkerArray`` in the camera's optical frame: boxes with words.

    They are drawn one metre ahead, along the rays through their corners; the first marker takes away earlier ones.
    """
    drawn: list[Fields] = [{"header": head, "action": _DELETE_ALL}]
    for number, each in enumerate(objects):
        left, top, right, bottom = each.box
        corners = [
            {"x": (x - camera.cx) / camera.fx * _AWAY, "y": (y - camera.cy) / camera.fy * _AWAY, "z": _AWAY}
            for x, y in ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
        ]
        colour = {"r": 1.0 - each.score, "g": each.score, "b": 0.1, "a": 1.0}
        common = {"header": head, "ns": "fusion", "action": _ADD, "color": colour}
        drawn.append(common | {"id": 2 * number, "type": _LINE_STRIP, "scale": {"x": 0.01}, "points": corners})
        drawn.append(
            common
            | {
                "id": 2 * number + 1,
                "type": _TEXT,
                "scale": {"z": 0.06},
                "pose": {"position": corners[0]},
                "text": f"{each.query} ({each.score:.2f})",
            }
        )
    return {"markers": drawn}


def image(head: Fields, picture: NDArray[np.uint8]) -> Fields:
    """Return a picture (height, width, 3) as ``sensor_msgs/Image``."""
    height, width = picture.shape[:2]
    return {
        "header": head,
        "height": height,
        "width": width,
        "encoding": "rgb8",
        "is_bigendian": 0,
        "step": 3 * width,
        "data": np.ascontiguousarray(picture).tobytes(),
    }


def status(state: str, words: str, decision: Decision | None, held: str) -> dict[str, Any]:
    """Return how the node does, ready for JSON; ``confidence`` is None of an agent that does not know it."""
    certainty = None if decision is None else decision.certainty
    return {
        "state": state,
        "words": words,
        "held": held,
        "missing": [] if decision is None else list(decision.missing),
        "confidence": None if certainty is None else round(certainty.total, 4),
    }
