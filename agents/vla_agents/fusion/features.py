"""What the numbers of a situation are, by name: what of the past and of the map the control network is told."""

from __future__ import annotations

from vla_agents.fusion.language.reader import SKILLS

FEATURES = (
    *(f"skill_{name}" for name in SKILLS),
    "seeking",
    "to_look_round",
    "way_known",
    "way_x",
    "way_y",
    "way_left",
    "target_known",
    "target_chance",
    "target_x",
    "target_y",
    "target_left",
    "target_sin",
    "target_cos",
    "to_face",
    "second_leg",
    "turn_left_gyro",
    "turn_left_wheels",
    "turn_left_asked",
    "line_known",
    "line_left_map",
    "line_left_wheels",
    "line_left_asked",
    "line_across",
    "line_aside_map",
    "line_aside_gyro",
    "line_aside_wheels",
    "hazard_known",
    "hazard_x",
    "hazard_y",
    "hazard_gap",
    "since_words",
    "stood",
    "room_ahead",
    "blind",
)
SIZE = len(FEATURES)
PLACE_OF = {name: index for index, name in enumerate(FEATURES)}
"""Place of each feature."""
