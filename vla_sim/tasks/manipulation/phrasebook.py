"""The templates of what an arm is asked: ways of asking that are seen, then ways that are held out."""

from __future__ import annotations

from collections.abc import Mapping

Templates = tuple[tuple[str, ...], tuple[str, ...]]

HANDLING: Mapping[str, Templates] = {
    "pick_up": (
        (
            "pick up {object}",
            "pick {object} up",
            "grasp {object} and lift it",
            "take {object} and hold it up",
            "lift {object} off the table",
            "please pick up {object}",
            "grab {object} and raise it",
            "take hold of {object} and lift it up",
        ),
        (
            "get {object} into your gripper and hoist it",
            "seize {object} and keep it in the air",
            "I would like {object} lifted, please",
            "fetch {object} up from where it stands",
        ),
    ),
    "put_in": (
        (
            "put {object} in {place}",
            "put {object} into {place}",
            "place {object} in {place}",
            "pick up {object} and put it in {place}",
            "take {object} and place it into {place}",
            "move {object} into {place}",
            "please put {object} in {place}",
            "set {object} down inside {place}",
        ),
        (
            "{place} is where {object} belongs, see to it",
            "deposit {object} within {place}",
            "drop off {object} inside {place}",
            "I want to find {object} in {place}",
        ),
    ),
    "put_on": (
        (
            "put {object} on {place}",
            "place {object} on {place}",
            "pick up {object} and put it on {place}",
            "take {object} and set it on {place}",
            "move {object} onto {place}",
            "please put {object} on {place}",
            "set {object} down on {place}",
            "stand {object} on {place}",
        ),
        (
            "{object} should end up on {place}",
            "deposit {object} on top of {place}",
            "let {place} carry {object}",
            "bring {object} over and park it on {place}",
        ),
    ),
    "put_beside": (
        (
            "put {object} {relation} {other}",
            "place {object} {relation} {other}",
            "pick up {object} and put it {relation} {other}",
            "move {object} so that it is {relation} {other}",
            "take {object} and set it down {relation} {other}",
            "please put {object} {relation} {other}",
            "set {object} on the table {relation} {other}",
            "{object} goes {relation} {other}",
        ),
        (
            "I want {object} to stand {relation} {other}",
            "rearrange things: {object} {relation} {other}, close to it",
            "deposit {object} {relation} {other}",
            "see that {object} ends up {relation} {other}",
        ),
    ),
    "put_between": (
        (
            "put {object} between {first} and {second}",
            "place {object} between {first} and {second}",
            "pick up {object} and put it between {first} and {second}",
            "move {object} in between {first} and {second}",
            "take {object} and set it down between {first} and {second}",
            "please put {object} between {first} and {second}",
            "set {object} in the middle between {first} and {second}",
            "{object} goes between {first} and {second}",
        ),
        (
            "halfway from {first} to {second}, that is where I want {object}",
            "deposit {object} with {first} on one side of it and {second} on the other",
            "fill the gap from {first} to {second} with {object}",
            "let {first} and {second} have {object} in their midst",
        ),
    ),
    "push_to": (
        (
            "push {object} to {place}",
            "push {object} onto {place}",
            "slide {object} to {place}",
            "slide {object} over the table to {place}",
            "push {object} across the table onto {place}",
            "please push {object} to {place}",
            "without lifting it, move {object} to {place}",
            "push {object} until it is on {place}",
        ),
        (
            "shove {object} along until it covers {place}",
            "nudge {object} over to {place}, keeping it down",
            "do not raise {object}, just shift it onto {place}",
            "bring {object} to {place} by pushing alone",
        ),
    ),
    "stack": (
        (
            "stack {object} on {other}",
            "put {object} on top of {other}",
            "place {object} on top of {other}",
            "pick up {object} and stack it on {other}",
            "take {object} and put it onto {other}",
            "please stack {object} on {other}",
            "build a tower: {object} on {other}",
            "set {object} on top of {other}",
        ),
        (
            "pile {object} upon {other}",
            "balance {object} atop {other}",
            "make {other} the base and {object} the upper storey",
            "crown {other} with {object}",
        ),
    ),
    "open_drawer": (
        (
            "open the {side} {drawer}",
            "pull the {side} {drawer} open",
            "please open the {side} {drawer}",
            "open the {drawer} on the {side}",
            "pull out the {side} {drawer}",
            "slide the {side} {drawer} open",
            "take the handle of the {side} {drawer} and pull",
            "open up the {drawer} on the {side}",
        ),
        (
            "I need to get into the {side} {drawer}",
            "draw out the {drawer} to the {side}",
            "let me see what is inside the {side} {drawer}",
            "the {side} {drawer} should not stay shut",
        ),
    ),
    "press_button": (
        (
            "press {object}",
            "push {object}",
            "press {object} down",
            "please press {object}",
            "push down {object}",
            "press {object} and hold it",
            "use your gripper to press {object}",
            "hit {object}",
        ),
        (
            "give {object} a firm push",
            "trigger {object}",
            "activate {object} with your fingers",
            "operate {object}, please",
        ),
    ),
    "clear_colour": (
        (
            "put all {colour} things in {place}",
            "put everything {colour} in {place}",
            "clear the table of all {colour} things: put them in {place}",
            "move every {colour} object into {place}",
            "collect the {colour} things in {place}",
            "place all {colour} objects in {place}",
            "tidy up: all {colour} things go in {place}",
            "gather everything that is {colour} in {place}",
        ),
        (
            "nothing {colour} should be left outside {place}",
            "sweep up whatever is {colour} and drop it in {place}",
            "{place} shall hold each {colour} item on the table",
            "sort out the {colour} ones into {place}",
        ),
    ),
    "fetch_from_room": (
        (
            "fetch {object} from {room} and put it on {place}",
            "go to {room}, get {object} and put it on {place}",
            "bring {object} from {room} and place it on {place}",
            "drive to {room}, pick up {object}, come back and put it on {place}",
            "take {object} out of {room} and set it down on {place}",
            "please fetch {object} from {room} and put it on {place}",
            "get {object} from {room} and bring it to {place}",
            "put {object} that is in {room} on {place}",
        ),
        (
            "{object} is in {room}, I want it on {place}",
            "collect {object} in {room} and deliver it to {place}",
            "from {room} I need {object}, leave it on {place}",
            "retrieve {object} out of {room}; it belongs on {place}",
        ),
    ),
    "put_count": (
        (
            "put {count} in {place}, then stop",
            "put {count} into {place} and no more",
            "place {count} in {place}, and nothing else",
            "move {count} into {place}, then stop",
            "take {count} and put them in {place}, no more",
            "please put just {count} in {place}",
            "I want {count} in {place}, no more and no less",
            "fill {place} with {count} and stop",
        ),
        (
            "see to it that {place} ends up with precisely {count}",
            "load {place} with {count}, that is all",
            "deposit {count} within {place}, then leave it at that",
            "{count}, not one more, ought to go in {place}",
        ),
    ),
}
"""Templates by entry; entries are named after tasks."""
