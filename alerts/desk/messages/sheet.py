"""A message in words, before it takes a form: what its plain text, its HTML and its data say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Button:
    """One way to answer."""

    offer: str
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    """One case."""

    who: str
    group: str
    since: str = ""
    weight: str = ""
    """Why it comes first, in words."""
    is_heavy: bool = False
    seen: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Cases of which one thing is said."""

    name: str
    """What is said of them: a value of `alerts.desk.messages.said.How`, or ``no mentor``."""
    title: str
    note: str
    rows: tuple[Row, ...]
    more: str = ""
    """Says how many are not listed; empty: none."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole message."""

    what: str
    school: str
    language: str
    subject: str
    headline: str
    greeting: str
    day: str
    fresh: str
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
