"""A sheet as a letter: plain text, HTML for mail programs, and data for webhooks."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.desk.letter import Letter
from alerts.desk.messages.catalogue import words
from alerts.desk.messages.sheet import Row, Sheet
from alerts.desk.messages.text import isolated
from alerts.words import Language


def letter(sheet: Sheet) -> Letter:
    """Write a letter. Text of others is escaped, and keeps its direction to itself."""
    pages = _templates(Language(sheet.language))
    return Letter(
        subject=sheet.subject,
        plain=pages.get_template("letter.txt.j2").render(sheet=sheet),
        html=pages.get_template("letter.html.j2").render(sheet=sheet),
        data=_data(sheet),
    )


@cache
def _templates(language: Language) -> Environment:
    pages = Environment(
        loader=PackageLoader("alerts.desk.messages"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    pages.filters["isolated"] = isolated
    say = words(language)
    pages.install_gettext_callables(say.gettext, say.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return pages


def _data(sheet: Sheet) -> dict[str, Any]:
    """Say the same as data."""
    return {
        "what": sheet.what,
        "school": sheet.school,
        "language": sheet.language,
        "headline": sheet.headline,
        "registers": sheet.fresh,
        "sections": [
            {
                "said": section.name,
                "title": section.title,
                "cases": [_row(row) for row in section.rows],
            }
            for section in sheet.sections
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    found = {
        "who": row.who,
        "group": row.group,
        "since": row.since,
        "weight": row.weight,
        "seen": list(row.seen),
        "steps": list(row.steps),
        "answers": {each.offer: each.address for each in row.buttons},
    }
    return {name: value for name, value in found.items() if value}
