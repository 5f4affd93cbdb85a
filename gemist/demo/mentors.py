"""Mentors who answer: they open a link of a mail that came, and press the button there."""

import http.client
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import cycle
from typing import Final
from urllib.parse import urlencode, urlsplit

from alerts.desk.answer.links import PATH
from alerts.desk.answer.offers import Offer
from gemist.demo.mailbox import Mail
from gemist.demo.sender import DemoError

_TIMEOUT_SECONDS: Final = 60.0
_OK: Final = 200
_OFFERS: Final = tuple(Offer)
"""In the order in which a mail has them."""
_WANTED: Final = (
    *(Offer.SPOKEN, Offer.SUPPORT, Offer.SPOKEN, Offer.WAS_THERE, Offer.SEEN, Offer.SNOOZE),
)
"""What is answered, in turn."""


@dataclass(slots=True)
class Mentors:
    """Answer one mail at a time, each once."""

    is_mentor: Callable[[str], bool]
    """Is an address that of a mentor?"""
    _wanted: Iterator[Offer] = field(default_factory=lambda: cycle(_WANTED))
    _answered: set[int] = field(default_factory=set)
    """Numbers of mails."""

    def answer(self, mails: Iterable[Mail]) -> bool:
        """Answer by the first link that leads to a question; raises `DemoError`.

        ``mails``: those to choose from, the most wanted first. Says whether any was answered.
        """
        for mail in mails:
            if mail.number in self._answered or not self.is_mentor(mail.to):
                continue
            links = _Links.of(mail.html)
            if len(links) < len(_OFFERS):
                continue
            self._answered.add(mail.number)
            wanted = _OFFERS.index(next(self._wanted))
            if any(map(_press, links[wanted :: len(_OFFERS)])):
                return True
        return False


def _press(link: str) -> bool:
    """Open a link, and press the first button there; False where nothing is asked any more."""
    _, page = _ask("GET", link)
    button = _Button.of(page)
    if button is None:
        return False
    status, _ = _ask("POST", link, urlencode(button))
    if status != _OK:
        raise DemoError(f"the node's door does not take an answer: it says {status}")
    return True


def _ask(method: str, link: str, form: str | None = None) -> tuple[int, str]:
    """Ask as a browser does."""
    address = urlsplit(link)
    connection = http.client.HTTPConnection(address.netloc, timeout=_TIMEOUT_SECONDS)
    headers = {"Sec-Fetch-Site": "none" if form is None else "same-origin", "Origin": "null"}
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, address.path, form, headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (http.client.HTTPException, OSError) as error:
        raise DemoError(f"the node's door does not answer: {error}") from error
    finally:
        connection.close()


class _Links(HTMLParser):
    """Collects the answer links of a mail."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, html: str) -> list[str]:
        parser = cls()
        parser.feed(html)
        return parser.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag == "a" and urlsplit(href).path.startswith(PATH):
            self.found.append(href)


class _Button(HTMLParser):
    """Finds the first button of a page's form, by name and value."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    @classmethod
    def of(cls, html: str) -> dict[str, str] | None:
        parser = cls()
        parser.feed(html)
        return parser.found[0] if parser.found else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, value = said.get("name"), said.get("value")
        if tag == "button" and name and value:
            self.found.append({name: value})
