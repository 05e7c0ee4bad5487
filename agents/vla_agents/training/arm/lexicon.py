"""More ways to say what an arm is to do than the tasks' own training split has; none of the held-out ones is here.

``tests/agents/training/arm/test_sentences.py`` sees to it.
"""

from __future__ import annotations

from collections.abc import Mapping

NOUNS: Mapping[str, tuple[str, ...]] = {
    "cup": ("teacup", "coffee cup", "tumbler", "goblet", "drinking cup", "glass", "paper cup"),
    "cube": ("crate", "cuboid", "brick", "square block", "dice", "carton"),
    "cylinder": ("pillar", "drum", "can", "column", "barrel", "pipe", "roll", "canister"),
    "bottle": ("water bottle", "wine bottle", "vial", "decanter", "jar", "ketchup bottle", "glass bottle"),
    "tray": ("serving tray", "salver", "tea tray", "flat tray", "rectangular tray", "serving board"),
    "bowl": ("basin", "soup bowl", "salad bowl", "round bowl", "mixing bowl", "fruit bowl"),
    "mat": ("pad", "place mat", "disc", "round mat", "felt pad", "table mat", "cup mat"),
    "button": ("push button", "switch", "key", "press button"),
    "drawer": ("sliding drawer", "chest drawer", "desk drawer"),
}
SIDES: Mapping[str, tuple[str, ...]] = {
    "left": ("at the left of", "on the left side of", "to the left side of", "leftwards of", "on the left of"),
    "right": ("at the right of", "on the right side of", "to the right side of", "rightwards of", "on the right of"),
    "front": ("at the front of", "before", "this side of", "nearer to you than", "on the front side of"),
    "behind": ("at the back of", "in back of", "beyond", "on the back side of", "past", "in the rear of"),
}
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "pick": (
        "raise {object}",
        "close your fingers on {object} and raise it",
        "hold {object} above the table",
        "lift {object}",
        "take up {object}",
        "get hold of {object} and bring it up",
        "{object}: up with it",
        "catch {object} and lift it",
        "elevate {object}",
        "have {object} in your hand, off the table",
        "snatch {object}",
        "the one to lift is {object}",
    ),
    "in": (
        "drop {object} into {place}",
        "let {object} fall in {place}",
        "{object} goes in {place}",
        "store {object} in {place}",
        "have {object} lie in {place}",
        "insert {object} in {place}",
        "carry {object} to {place} and release it inside",
        "leave {object} in {place}",
        "fill {place} with {object}",
        "in {place}, put {object}",
        "{place} is to contain {object}",
    ),
    "on": (
        "lay {object} on {place}",
        "{object} goes on {place}",
        "carry {object} to {place} and leave it there",
        "rest {object} on {place}",
        "have {object} stand on {place}",
        "drop {object} onto {place}",
        "on {place}, put {object}",
        "{place} is where {object} is to stand",
        "cover {place} with {object}",
        "bring {object} to {place} and set it there",
    ),
    "beside": (
        "bring {object} to a spot {relation} {other}",
        "leave {object} {relation} {other}",
        "have {object} stand {relation} {other}",
        "carry {object} over and put it {relation} {other}",
        "{relation} {other}, put {object}",
        "the place for {object} is {relation} {other}",
        "let {object} be {relation} {other}",
        "drop {object} {relation} {other}",
        "relocate {object}: it goes {relation} {other}",
        "shift {object} to a place {relation} {other}",
    ),
    "between": (
        "bring {object} to the middle of {first} and {second}",
        "leave {object} amid {first} and {second}",
        "have {object} stand in the gap of {first} and {second}",
        "centre {object} between {first} and {second}",
        "{first} and {second} should have {object} in the middle",
        "in the middle of {first} and {second}, put {object}",
        "with {first} on the left and {second} on the right, {object} goes in the middle",
        "put {object} at the midpoint of {first} and {second}",
    ),
    "push": (
        "slide {object} until {place} is under it",
        "drag {object} along the table to {place}",
        "move {object} to {place} but do not lift it",
        "push {object} along to {place}",
        "without picking it up, bring {object} to {place}",
        "{object} must slide onto {place}",
        "press against {object} until it reaches {place}",
        "propel {object} over the table top onto {place}",
        "shift {object} along the surface to {place}",
        "do not pick up {object}: slide it onto {place}",
    ),
    "stack": (
        "make a stack: {other} below, {object} above",
        "lay {object} over {other}",
        "{object} goes on top of {other}",
        "have {object} rest on top of {other}",
        "put {other} under {object} by lifting {object} onto it",
        "build up: {object} over {other}",
        "carry {object} onto the top of {other}",
        "mount {object} on {other}",
    ),
}
