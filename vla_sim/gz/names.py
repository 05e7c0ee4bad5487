"""Names and addresses on the wire: partitions, topics, the interface, endpoints."""

from __future__ import annotations

import getpass
import ipaddress
import os
import re
import socket

from vla_sim.errors import InputError

MOST_LETTERS = 65535
_ENDPOINT = re.compile(r"tcp://([0-9.]+):([0-9]{1,5})")


def choose_partition(partition: str | None) -> str:
    """The given partition, or ``GZ_PARTITION``, or ``IGN_PARTITION``, or Gazebo's default ``hostname:user``."""
    if partition is None:
        partition = os.environ.get("GZ_PARTITION") or os.environ.get("IGN_PARTITION")
    if partition is None:
        partition = f"{socket.gethostname()}:{getpass.getuser()}"
    if partition and not _is_name(partition):
        raise InputError(f"{partition!r} is no partition: no spaces, '~', '@', '//' or ':=', and not '/' alone")
    return partition


def choose_interface(ip: str | None) -> str:
    """The given IPv4 address, or ``GZ_IP``, or ``IGN_IP``, or 127.0.0.1: nothing beyond loopback unless asked."""
    ip = ip or os.environ.get("GZ_IP") or os.environ.get("IGN_IP") or "127.0.0.1"
    try:
        return str(ipaddress.IPv4Address(ip))
    except ValueError as error:
        raise InputError(f"{ip!r} is no IPv4 address of this machine; give --ip or GZ_IP, such as 127.0.0.1") from error


def qualify(partition: str, topic: str) -> str:
    """The fully qualified name of a topic or service: ``@/partition@/topic``.

    Raises:
        InputError: The topic has letters that the wire reserves.
    """
    if not topic or not _is_name(topic):
        raise InputError(f"{topic!r} is no topic or service: no spaces, '~', '@', '//' or ':=', and not '/' alone")
    prefix = f"/{partition.strip('/')}" if partition.strip("/") else ""
    name = f"@{prefix}@/{topic.strip('/')}"
    if len(name) > MOST_LETTERS:
        raise InputError(f"a topic with its partition has {MOST_LETTERS} letters at most, not {len(name)}")
    return name


def topic_within(partition: str, name: str) -> str | None:
    """The topic in a fully qualified name, or None where it is of another partition or no such name."""
    prefix = qualify(partition, "/x")[:-1]
    return name[len(prefix) - 1 :] if name.startswith(prefix) and len(name) > len(prefix) else None


def may_connect(endpoint: str, ip: str) -> bool:
    """Whether a peer's endpoint is a TCP endpoint that a node on the interface ``ip`` may connect to.

    A node on loopback connects to loopback alone, so that a datagram cannot send it elsewhere.
    """
    match = _ENDPOINT.fullmatch(endpoint)
    if match is None or not 0 < int(match[2]) < 65536:
        return False
    try:
        host = ipaddress.IPv4Address(match[1])
    except ValueError:
        return False
    return host.is_loopback or not ipaddress.IPv4Address(ip).is_loopback


def _is_name(text: str) -> bool:
    forbidden = ("~", " ", "//", "@", ":=")
    return text != "/" and len(text) <= MOST_LETTERS and not any(part in text for part in forbidden)
