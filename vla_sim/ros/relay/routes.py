"""The topics that a relay stands between."""

from __future__ import annotations

from vla_sim.faults.target import COMMAND as COMMAND_STREAM
from vla_sim.faults.target import GOAL
from vla_sim.ros.relay.plan import RelayPlan
from vla_sim.ros.relay.route import INFO, TYPES, Route
from vla_sim.ros.topics import COMMAND, WORDS, info_topic


def routes_of(plan: RelayPlan, prefix: str) -> list[Route]:
    """Return a route for each topic; on the agent's side its name begins with the prefix.

    Sensors and words go to the agent, commands come from it, so that an agent in the prefix's namespace meets the
    faults on all of its topics.
    """
    routes = []
    for name, topic in plan.topics.items():
        stream = plan.streams[name]
        if stream.modality not in TYPES:
            continue
        routes.append(Route(name, stream.modality, TYPES[stream.modality], topic, prefixed(prefix, topic)))
        if stream.modality == "rgb":
            packed = f"{topic}/compressed"
            routes.append(Route(name, "rgb", TYPES["rgb"], packed, prefixed(prefix, packed)))
        if stream.camera is not None:
            info = info_topic(topic)
            routes.append(Route(name, stream.modality, INFO, info, prefixed(prefix, info)))
    routes.append(Route(GOAL, "language", TYPES["language"], WORDS, prefixed(prefix, WORDS)))
    routes.append(Route(COMMAND_STREAM, "command", TYPES["command"], prefixed(prefix, COMMAND), COMMAND))
    return routes


def prefixed(prefix: str, topic: str) -> str:
    """Return the name of a topic on the agent's side.

    >>> prefixed("faulted/", "scan"), prefixed("faulted/", "/robot/scan")
    ('faulted/scan', '/faulted/robot/scan')
    """
    return f"/{prefix}{topic[1:]}" if topic.startswith("/") else f"{prefix}{topic}"
