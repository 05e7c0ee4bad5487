"""Gazebo's transport in pure Python: topics and services of gz-transport, from Fortress to Jetty.

Needs the extra ``gazebo``; see docs/gazebo.md for the interface and for what goes over the wire.
"""

from __future__ import annotations

try:
    import google.protobuf  # noqa: F401
    import zmq  # noqa: F401
except ImportError as error:
    from vla_sim.errors import InputError

    raise InputError("Gazebo's transport needs pyzmq and protobuf; run: pip install 'vla-sim[gazebo]'") from error

from vla_sim.gz.messages import from_text, message_type, to_text
from vla_sim.gz.node import Node, TopicInfo
from vla_sim.gz.publisher import Publisher
from vla_sim.gz.registry import Offer
from vla_sim.gz.service import RequestError, Service
from vla_sim.gz.subscription import Subscription

__all__ = [
    "Node",
    "Offer",
    "Publisher",
    "RequestError",
    "Service",
    "Subscription",
    "TopicInfo",
    "from_text",
    "message_type",
    "to_text",
]
