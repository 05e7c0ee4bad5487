"""Who offers what: the offers of all processes that discovery has told of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# A flood of made-up offers must not fill the memory; a large system has some thousand.
MOST_OFFERS = 20_000


@dataclass(frozen=True, slots=True)
class Offer:
    """A topic or a service that one node offers, or the interest of one node in a topic.

    Attributes:
        name: Fully qualified: ``@/partition@/topic``.
        address: The ZeroMQ endpoint where it is.
        process: Identity of the process that offers it.
        node: Identity of the node within that process.
        type: Full name of the message's type, or of the request's.
        reply_type: Full name of the reply's type; empty for a topic.
        control: Of a connection, the process that it is meant for.
        socket_id: Of a service, the ZeroMQ identity of its socket.
    """

    name: str
    address: str
    process: str
    node: str
    type: str
    reply_type: str = ""
    control: str = ""
    socket_id: str = ""


class Registry:
    """A bounded set of offers, found by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, dict[Offer, None]] = {}
        self._count = 0

    def __iter__(self) -> Iterator[Offer]:
        for offers in self._by_name.values():
            yield from offers

    def __len__(self) -> int:
        return self._count

    def named(self, name: str) -> list[Offer]:
        """The offers of this name, in the order in which they came."""
        return list(self._by_name.get(name, ()))

    def add(self, offer: Offer) -> bool:
        """Add an offer; False where it is known, or where there is no room."""
        if offer in self._by_name.get(offer.name, ()) or self._count >= MOST_OFFERS:
            return False
        self._by_name.setdefault(offer.name, {})[offer] = None
        self._count += 1
        return True

    def remove(self, name: str, process: str, node: str) -> list[Offer]:
        """Remove what a node offers under a name, and return it."""
        return self._remove([o for o in self.named(name) if o.process == process and o.node == node])

    def remove_process(self, process: str) -> list[Offer]:
        """Remove all that a process offers, and return it."""
        return self._remove([offer for offer in self if offer.process == process])

    def _remove(self, offers: list[Offer]) -> list[Offer]:
        for offer in offers:
            same_name = self._by_name[offer.name]
            del same_name[offer]
            if not same_name:
                del self._by_name[offer.name]
        self._count -= len(offers)
        return offers
