"""What stands on a table: the kinds of things and places that the agent tells apart."""

from __future__ import annotations

from vla_sim.tasks.language import COLOURS

COLOUR_NAMES = tuple(COLOURS)
NOUN_NAMES = ("cup", "cube", "cylinder", "bottle", "tray", "bowl", "mat", "button", "drawer")
THINGS = NOUN_NAMES[:4]
"""What the gripper may take."""
