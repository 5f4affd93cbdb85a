"""A mail, drawn in a terminal: whom it is for, its subject, and as much of it as there is room."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from rich.box import ROUNDED
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from gemist.demo.mailbox import Mail
from gemist.demo.scene import Scene

COLOR: Final = "orchid"
_QUIET: Final = "grey50"
_LINK: Final = re.compile(r"\s*(.{1,40}): (https?://\S+)")
_ROW: Final = "* "
"""Before a pupil, in a mail's text."""
_INDENT: Final = 2
_MOST_LINES: Final = 60
_UNSEEN: Final = ("Cc", "Cf", "Cs")
"""Unicode's categories of what moves the cursor, or turns the direction of writing."""


def mail_panel(scene: Scene, mail: Mail, *, is_short: bool) -> Panel:
    """Draw a mail; ``is_short``: without empty lines, where there is room for a few lines."""
    say = scene.say
    to, subject = say.gettext("To"), say.gettext("Subject")
    head = Table.grid(padding=(0, 1))
    head.add_column(style=_QUIET, min_width=max(cell_len(to), cell_len(subject)))
    head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    head.add_row(to, _clean(scene.whom(mail)))
    head.add_row(subject, Text(_clean(mail.subject), "bold"))
    lines = list(_lines(mail, is_short=is_short))
    title = say.many("{count} mail", "{count} mails", scene.mails)
    if scene.answers:
        answered = say.gettext("{count} answered").format(count=say.number(scene.answers))
        title = f"{title} · {answered}"
    address = scene.address_of(mail)
    where = say.gettext("open it: {address}").format(address=address)
    return Panel(
        Group(head, *([] if is_short else [Text()]), *lines[:_MOST_LINES]),
        title=Text(f"✉ {title}", f"bold {COLOR}"),
        title_align="left",
        subtitle=Text(where, Style(color=COLOR, link=address)),
        subtitle_align="left",
        border_style=_QUIET,
        box=ROUNDED,
    )


def _lines(mail: Mail, *, is_short: bool) -> Iterator[RenderableType]:
    """Give a mail's text after its headline, with buttons in the place of long addresses."""
    buttons: list[Text] = []
    for line in _said(mail, is_short=is_short):
        found = _LINK.fullmatch(line)
        if found:
            label, address = found.groups()
            buttons.append(Text(f"[{label}]", Style(color=COLOR, link=address)))
            continue
        if buttons:
            yield Padding(Text(" ").join(buttons), (0, 0, 0, _INDENT))
            buttons = []
        yield _line(line)
    if buttons:
        yield Padding(Text(" ").join(buttons), (0, 0, 0, _INDENT))


def _said(mail: Mail, *, is_short: bool) -> list[str]:
    """A mail's lines; ``is_short``: from the first pupil on, without those that say nothing."""
    headline, *others = [_clean(each).rstrip() for each in mail.plain.strip().splitlines()]
    lines = others if headline.casefold() in mail.subject.casefold() else [headline, *others]
    while lines and not lines[0]:
        del lines[0]
    if not is_short:
        return lines
    first = next((number for number, each in enumerate(lines) if each.startswith(_ROW)), 0)
    return [each for each in lines[first:] if each]


def _line(said: str) -> RenderableType:
    if said.startswith(_ROW):
        return Text(said.removeprefix(_ROW), "bold")
    text = said.lstrip()
    style = "bold" if text.isupper() else _QUIET if text == said else ""
    return Padding(Text(text, style), (0, 0, 0, len(said) - len(text)))


def _clean(text: str) -> str:
    return "".join(each for each in text if unicodedata.category(each) not in _UNSEEN)
