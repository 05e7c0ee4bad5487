"""What stands on a table: the kinds of things and places that the agent tells apart."""

from __future__ import annotations

from vla_sim.tasks.language import COLOURS

COLOUR_NAMES = tuple(COLOURS)
NOUN_NAMES = ("cup", "cube", "cylinder", "bottle", "tray", "bowl", "mat", "button", "drawer")
THINGS = NOUN_NAMES[:4]
"""What the gripper may take."""
FLOORS = {"tray": 0.008, "bowl": 0.01, "mat": 0.0}
"""How high above the table things stand in or on a place [m]; on a thing they stand on its top."""
