"""The door's page for people: no script, and nothing of another host."""

import re
from importlib.metadata import version
from typing import Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from config.settings import Gateway, declared
from streams.gateway.answer import EventAnswer, EventsAnswer, Verdict
from streams.gateway.openapi import EXAMPLE_TEXT
from streams.gateway.problem import KINDS
from streams.gateway.says import SENTENCES

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the page."""

_PAGES: Final = Environment(
    loader=PackageLoader("streams.gateway", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def _with_code(sentence: str) -> Markup:
    """Set what stands between backticks as code."""
    return Markup(re.sub(r"`(.+?)`", r"<code>\1</code>", str(escape(sentence))))  # noqa: S704 - escaped


_PAGES.filters["with_code"] = _with_code


def page(limits: Gateway) -> bytes:
    """Make the page."""
    answer = EventsAnswer(1, 0, [EventAnswer(0, "r1", Verdict.ACCEPTED, ())])
    made = _PAGES.get_template("docs.html.j2").render(
        example=EXAMPLE_TEXT,
        answer=msgspec.json.encode(answer).decode(),
        reasons=SENTENCES.items(),
        kinds=KINDS,
        limits=[
            (f"{each.description[:1].upper()}{each.description[1:]}.", _shown(limits, each.name))
            for each in declared(Gateway)
        ],
        version=version("gemist"),
    )
    return made.encode()


def _shown(limits: Gateway, name: str) -> str:
    value = getattr(limits, name)
    mebi = 1024 * 1024
    if name.endswith("_bytes"):
        return f"{value // mebi} MiB" if value % mebi == 0 else f"{value} bytes"
    return f"{value:g} s" if name.endswith("_seconds") else f"{value:,}"
