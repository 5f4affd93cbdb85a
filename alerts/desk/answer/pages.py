"""The pages behind a link: one question with its buttons, a thank-you, and what went wrong."""

from base64 import b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from typing import Final

from markupsafe import Markup

from alerts.desk.answer.buttons import buttons
from alerts.desk.answer.language import templates, translations
from alerts.desk.answer.offers import Offer
from alerts.words import Language

_STYLE: Final = files("alerts.desk.answer").joinpath("page.css").read_text("utf-8")
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}';"
    " img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Of every page: nothing of other hosts, no scripts, in no frame, kept by nobody."""
_OK: Final = 200
_AGAIN_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of the door to a browser."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: dict(HEADERS))


class Trouble(StrEnum):
    """What can be wrong when somebody comes by a link."""

    UNREADABLE = "unreadable"
    ELSEWHERE = "elsewhere"
    NOT_YOURS = "not yours"
    ALTERED = "altered"
    GONE = "gone"
    EXPIRED = "expired"
    UNWRITTEN = "unwritten"
    UNREACHED = "unreached"

    @property
    def status(self) -> int:
        """The status of HTTP for it."""
        return _STATUS[self]


_STATUS: Final = {
    Trouble.UNREADABLE: 400,
    Trouble.ELSEWHERE: 403,
    Trouble.NOT_YOURS: 403,
    Trouble.ALTERED: 404,
    Trouble.GONE: 404,
    Trouble.EXPIRED: 410,
    Trouble.UNWRITTEN: 503,
    Trouble.UNREACHED: 503,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a case, to one person."""

    person: str
    pupil: str
    today: str
    until: str
    """When the link ends, in words."""
    seen: list[str]
    fresh: str
    notes: list[str]


def ask(shown: Shown, asked: Offer, others: list[Offer], language: Language) -> Page:
    """Make the page with the question and its buttons."""
    return _page(
        "ask.html.j2",
        _OK,
        language,
        shown=shown,
        asked=asked.value,
        words={
            offer.value: each for offer, each in buttons(shown.pupil, shown.today, language).items()
        },
        others=[each.value for each in others],
    )


def thank(shown: Shown, given: Offer, at: str, told: str, language: Language) -> Page:
    """Make the page that says what was written; ``told``: who else hears of it, or nothing."""
    written = buttons(shown.pupil, shown.today, language)[given].written
    return _page("thanks.html.j2", _OK, language, shown=shown, written=written, at=at, told=told)


def trouble(what: Trouble, language: Language, again: Offer | None = None) -> Page:
    """Make the page that says what went wrong and what to do; ``again``: an answer to repeat."""
    heading, *paragraphs = _said(what, language)
    page = _page(
        "trouble.html.j2",
        what.status,
        language,
        heading=heading,
        paragraphs=paragraphs,
        again=again.value if again else "",
        has_way_back=what in (Trouble.UNREADABLE, Trouble.ELSEWHERE, Trouble.UNREACHED),
    )
    if what in (Trouble.UNWRITTEN, Trouble.UNREACHED):
        page.headers["Retry-After"] = str(_AGAIN_SECONDS)
    return page


def _page(template: str, status: int, language: Language, **shown: object) -> Page:
    made = templates(language).get_template(template)
    style = Markup(_STYLE)  # noqa: S704 - our own file
    html = made.render(language=language.value, style=style, **shown)
    return Page(status, html.encode())


def _said(what: Trouble, language: Language) -> tuple[str, ...]:
    """Say a trouble: a heading, and what to do."""
    gettext = translations(language).gettext
    newest = gettext("Please take the link in your newest mail.")
    said = {
        Trouble.UNREADABLE: (
            gettext("No answer came along"),
            gettext("Nothing was written. Please choose one of the buttons."),
        ),
        Trouble.ELSEWHERE: (
            gettext("This came from another page"),
            gettext("Nothing was written. Please open the page and press its button there."),
        ),
        Trouble.NOT_YOURS: (
            gettext("This is with somebody else now"),
            gettext(
                "The pupil may have another mentor, or the list of people at your school may"
                " have changed."
            ),
            gettext("Is that not right? Please ask the administration of your school."),
        ),
        Trouble.ALTERED: (
            gettext("This link is not complete"),
            gettext("Some mail programs break a long link in two, or change it."),
            newest,
        ),
        Trouble.GONE: (
            gettext("This is not kept any more"),
            gettext("What was told of here has been deleted. There is nothing left to do."),
        ),
        Trouble.EXPIRED: (
            gettext("This link has ended"),
            gettext("A link works for two weeks after its mail."),
            newest,
        ),
        Trouble.UNWRITTEN: (
            gettext("That could not be written down just now"),
            gettext("Please try again in a minute. Pressing twice does no harm."),
        ),
        Trouble.UNREACHED: (
            gettext("This page cannot be shown just now"),
            gettext("Please try again in a minute. Your link stays good."),
        ),
    }
    return said[what]
