"""The templates: for each kind of goal, ways of asking that are seen, then ways that are held out."""

from __future__ import annotations

from collections.abc import Mapping

from vla_sim.tasks.manipulation.phrasebook import HANDLING, Templates

_DRIVING: Mapping[str, Templates] = {
    "go_to_object": (
        (
            "go to {object}",
            "drive to {object}",
            "move to {object}",
            "find {object} and go to it",
            "drive up to {object} and stop there",
            "please go to {object}",
            "your goal is {object}",
            "navigate to {object}",
            "look for {object} and drive to it",
            "go and stand at {object}",
        ),
        (
            "head over to {object}",
            "get yourself to {object}",
            "make your way to {object}",
            "I want you next to {object}",
            "approach {object} and wait beside it",
            "could you roll over to {object}",
        ),
    ),
    "stop_in_front": (
        (
            "stop {distance} in front of {object}, facing it",
            "drive to {object} and stop {distance} away, looking at it",
            "face {object} and stop {distance} from it",
            "go to {object} but stop {distance} short of it, facing it",
            "park {distance} in front of {object}, facing it",
            "stand {distance} from {object} and look at it",
            "come to a halt {distance} before {object} with your camera on it",
            "move until you face {object} from {distance} away, then stop",
        ),
        (
            "leave a gap of {distance} between you and {object}, and keep your eyes on it",
            "position yourself {distance} away from {object}, pointing straight at it",
            "halt with {object} right ahead of you at {distance}",
            "get within {distance} of {object}, no nearer, and turn towards it",
        ),
    ),
    "go_between": (
        (
            "go between {first} and {second}",
            "stop between {first} and {second}",
            "drive to the middle between {first} and {second}",
            "stand halfway between {first} and {second}",
            "park between {first} and {second}",
            "move to the point between {first} and {second}",
            "drive in between {first} and {second} and stop",
            "wait between {first} and {second}",
        ),
        (
            "place yourself midway from {first} to {second}",
            "the gap separating {first} from {second}: stop in the centre of it",
            "come to rest with {first} on one side and {second} on the other, as far from each",
            "settle in the space that lies between {first} and {second}",
        ),
    ),
    "go_to_room": (
        (
            "go to {room}",
            "drive to {room}",
            "move to {room} and stop there",
            "go into {room}",
            "find {room} and wait there",
            "please go to {room}",
            "navigate to {room}",
            "drive into {room} and stop",
        ),
        (
            "head for {room}",
            "you are needed in {room}",
            "make your way into {room} and stay",
            "enter {room} and remain there",
        ),
    ),
    "follow_wall": (
        (
            "follow the wall on your {side} for {distance}, then stop",
            "drive {distance} along the wall, keeping it on your {side}",
            "keep the wall on your {side} and follow it for {distance}",
            "follow the {side}-hand wall for {distance} and stop",
            "go {distance} along the wall with the wall to your {side}",
            "with the wall on your {side}, follow it for {distance}",
            "move along the wall on your {side}-hand side for {distance}",
            "drive beside the wall, wall on your {side}, for {distance}, then halt",
        ),
        (
            "hug the wall at your {side} over a stretch of {distance}",
            "trace the wall for {distance} so that it stays to your {side}",
            "let the wall guide you for {distance}; it must be on your {side}",
            "{distance} of wall-following, wall at the {side} of you",
        ),
    ),
    "visit_in_order": (
        (
            "visit {first}, then {second}",
            "go to {first} first, then go to {second}",
            "drive to {first} and after that to {second}",
            "first go to {first}, then to {second}",
            "stop at {first}, then stop at {second}",
            "go to {first}, wait there a moment, then go to {second}",
            "visit {first} and then visit {second}",
            "move to {first}, and when you are there, move on to {second}",
        ),
        (
            "before you go to {second}, call at {first}",
            "{second} is your last stop; {first} comes before it",
            "once you have been to {first}, proceed to {second}",
            "end at {second}, having stopped at {first} on the way",
        ),
    ),
    "avoid_object": (
        (
            "go to {object}, but stay at least {distance} away from {hazard}",
            "drive to {object} and keep {distance} clear of {hazard}",
            "go to {object} without coming within {distance} of {hazard}",
            "move to {object}; never be nearer than {distance} to {hazard}",
            "find {object}, but keep away from {hazard} by {distance}",
            "navigate to {object} and stay {distance} or more from {hazard}",
            "keep {distance} away from {hazard} and go to {object}",
            "drive to {object}, giving {hazard} at least {distance} of room",
        ),
        (
            "{hazard} is dangerous: leave it {distance} of space while you head for {object}",
            "reach {object} by a way that leaves {hazard} {distance} or further off",
            "make for {object}, steering clear of {hazard} by {distance} all the time",
            "no closer than {distance} to {hazard}, please, and then to {object}",
        ),
    ),
    "stop": (
        (
            "stop",
            "stop now",
            "stop right there",
            "stop and stay where you are",
            "stop at once",
            "stop moving",
        ),
        (
            "halt",
            "freeze, do not move",
            "hold it right there",
            "whoa, stand still",
        ),
    ),
    "change_of_mind": (
        (
            "forget that, go to {object}",
            "change of plan: go to {object}",
            "no, go to {object} instead",
            "stop that and drive to {object}",
            "new goal: go to {object}",
            "never mind, move to {object}",
            "actually, drive to {object}",
            "do something else: go to {object}",
        ),
        (
            "on second thoughts, head over to {object}",
            "scrap that, make your way to {object}",
            "I was wrong, {object} is where you should be",
            "drop it and get yourself to {object}",
        ),
    ),
    "turn_by_angle": (
        (
            "turn {side} by {angle}",
            "turn {angle} to the {side}",
            "rotate {angle} to your {side}",
            "turn {side} {angle} on the spot",
            "make a turn of {angle} to the {side}",
            "rotate {side} by {angle} and stop",
            "turn on the spot, {angle} to the {side}",
            "please turn {angle} {side}",
        ),
        (
            "swing round to the {side} through {angle}",
            "spin {angle} towards your {side} where you stand",
            "pivot {side}, {angle}",
            "give me a {side} turn, {angle} of it",
        ),
    ),
    "hold_heading": (
        (
            "drive straight ahead for {distance}",
            "go straight ahead for {distance} and stop",
            "move forward {distance} in a straight line",
            "drive {distance} forward without turning",
            "keep your heading and drive {distance}",
            "go {distance} straight on, then stop",
            "drive forward {distance}, keeping straight",
            "hold your heading for {distance} and stop",
        ),
        (
            "advance {distance} along a straight line",
            "dead ahead, {distance}",
            "proceed {distance} without deviating from your course",
            "roll {distance} onwards, as straight as an arrow",
        ),
    ),
    "go_to_thing_at": (
        (
            "it is dark: go to the object {bearing}",
            "the light is off, drive to the object {bearing}",
            "go to the thing {bearing}",
            "find the object {bearing} and go to it",
            "drive to the object that is {bearing}",
            "it is dark, move to the thing {bearing} and stop there",
            "navigate to the object {bearing}",
            "please go to the object {bearing}",
        ),
        (
            "you cannot see, yet something stands {bearing}: head over to it",
            "feel your way to whatever is {bearing}",
            "pitch black in here; make for the item {bearing}",
            "get yourself to the thing located {bearing}",
        ),
    ),
    "find_the_real_one": (
        (
            "go to the real one, not the picture: {object}",
            "go to {object}, the real one, not a picture of it",
            "find {object}; one is only a picture, go to the real one",
            "drive to the real thing: {object}, not the flat picture",
            "there is a picture of it too, but go to the real one: {object}",
            "go to {object}. Do not be fooled by the picture",
            "move to the solid one: {object}, not the painted board",
            "look for {object} and go to the real one, not the board",
        ),
        (
            "I need {object} itself, an image of it will not do",
            "beware of the poster: only {object} in the flesh counts, drive there",
            "head over to {object}, genuine and not printed",
            "make your way to {object}, the one with depth, not its photograph",
        ),
    ),
}

PHRASEBOOK: Mapping[str, Templates] = {**_DRIVING, **HANDLING}
"""Templates by entry; entries are named after tasks, but for ``stop`` (said in stop_on_command) and ``go_to_thing_at``
(go_to_object_dark)."""
