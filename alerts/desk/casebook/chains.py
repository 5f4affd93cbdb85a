"""Which alerts are one case: those that a message puts in the place of one another.

A chain is all alerts that messages link by ``replaces``, told or not. It is the same whatever
the order in which its messages come.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from alerts.alert import Alert

_NUMBER_BYTES: Final = 8
_UNTOLD: Final = -1
"""An alert of which only its successor is known came before all that were told."""


def chains(links: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Name of each alert one that stands for its chain, from (alert, the one that it replaces).

    >>> chains([("c", "b"), ("d", None), ("b", "a")])
    {'c': 'a', 'b': 'a', 'd': 'd', 'a': 'a'}
    """
    above: dict[str, str] = {}

    def top(alert: str) -> str:
        above.setdefault(alert, alert)
        while above[alert] != alert:
            above[alert] = above[above[alert]]
            alert = above[alert]
        return alert

    for alert, replaces in links:
        one, other = top(alert), top(replaces or alert)
        above[max(one, other)] = min(one, other)
    return {alert: top(alert) for alert in list(above)}


def case_number(messages: Sequence[Alert]) -> int:
    """Number a case, from all messages of its chain: by the chain's first alert.

    So a chain that goes on keeps its number, and a casebook built again has the same ones.
    """
    first: dict[str, int] = {}
    for message in messages:
        first[message.id] = min(message.version, first.get(message.id, message.version))
    for message in messages:
        if message.replaces is not None:
            first.setdefault(message.replaces, _UNTOLD)
    _, alert = min((version, alert) for alert, version in first.items())
    digest = sha256(alert.encode()).digest()[:_NUMBER_BYTES]
    return int.from_bytes(digest, "big") >> 1  # both databases have 63 bits and a sign
