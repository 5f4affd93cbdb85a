"""Addresses that messages can go to: mail, or an https address that takes webhooks."""

import ipaddress
import re
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, urlsplit

_MOST_CHARACTERS: Final = 254
"""Of a mail address: RFC 5321 section 4.5.3.1.3, without its brackets."""
_MOST_URL_CHARACTERS: Final = 2000
_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
"""RFC 5322's atom: no quotes, and only ASCII, which every mail server takes."""
_LABEL: Final = r"[^\W_](?:[^\W_]|-){0,62}"
_MAIL: Final = re.compile(rf"{_LOCAL}(?:\.{_LOCAL})*@({_LABEL}(?:\.{_LABEL})*)")


class Channel(StrEnum):
    """How a message goes out."""

    MAIL = "mail"
    WEBHOOK = "webhook"


def channel_of(address: str) -> Channel:
    """Which channel an address belongs to, whether or not that can reach it."""
    is_url = address.casefold().startswith(("http://", "https://"))
    return Channel.WEBHOOK if is_url else Channel.MAIL


def can_be_reached(address: str) -> bool:
    """Whether messages can be sent to an address.

    >>> can_be_reached("a.mentor@school.example"), can_be_reached("https://school.example/hook")
    (True, True)
    >>> can_be_reached("one@a.example, two@a.example"), can_be_reached("http://school.example/")
    (False, False)
    """
    if channel_of(address) is Channel.WEBHOOK:
        return is_webhook_address(address)
    return is_mail_address(address)


def is_mail_address(address: str) -> bool:
    """Whether this is one mail address, without a name, a comment or quotes."""
    if len(address) > _MOST_CHARACTERS or not address.isprintable():
        return False
    found = _MAIL.fullmatch(address)
    return found is not None and bool(ascii_domain(found[1]))


def ascii_domain(domain: str) -> str:
    """Write a domain as mail servers take it; empty where it cannot be one.

    >>> ascii_domain("school.example"), ascii_domain("schoolé.example")
    ('school.example', 'xn--school-gva.example')
    """
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def is_webhook_address(address: str) -> bool:
    """Whether this is an https address, or an http address of this machine."""
    if len(address) > _MOST_URL_CHARACTERS or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return has_host and "@" not in parts.netloc and _is_secret(parts)


def is_this_machine(host: str) -> bool:
    """Whether a host can be no other machine than this one.

    >>> is_this_machine("127.0.0.1"), is_this_machine("::1"), is_this_machine("10.0.0.1")
    (True, True, False)
    """
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_secret(parts: SplitResult) -> bool:
    return parts.scheme == "https" or (
        parts.scheme == "http" and is_this_machine(parts.hostname or "")
    )
