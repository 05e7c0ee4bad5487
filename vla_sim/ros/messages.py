"""Fields as messages that ``rclpy`` publishes."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any


@cache
def message_class(type_name: str) -> type[Any]:
    """Return the class of a type such as ``sensor_msgs/msg/Image``; ImportError where its package is not installed."""
    package, part, name = type_name.split("/")
    found: type[Any] = getattr(importlib.import_module(f"{package}.{part}"), name)
    return found


def message_of(type_name: str, fields: Mapping[str, Any]) -> Any:
    """Return a message with these fields; those that are left out keep their defaults."""
    return _fill(message_class(type_name)(), fields)


def _fill(message: Any, fields: Mapping[str, Any]) -> Any:
    types = message.get_fields_and_field_types()
    for name, value in fields.items():
        if isinstance(value, Mapping):
            _fill(getattr(message, name), value)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            element = types[name].removeprefix("sequence<").partition(">")[0].partition(",")[0]
            package, _, kind = element.partition("/")
            setattr(message, name, [message_of(f"{package}/msg/{kind}", item) for item in value])
        else:
            # Pictures are bytes, which go in as they are; the setter would check an array element by element.
            setattr(message, name, value)
    return message
