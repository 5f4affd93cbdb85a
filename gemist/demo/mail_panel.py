"""A mail, drawn in a terminal: whom it is for, its subject, and as much of it as there is room."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from gemist.demo.mailbox import Mail
from gemist.demo.scene import Scene

COLOR: Final = "deep_pink2"
_QUIET: Final = "grey50"
_LINK: Final = re.compile(r"\s*(.{1,40}): (https?://\S+)")
_MOST_LINES: Final = 60
_UNSEEN: Final = ("Cc", "Cf", "Cs")
"""Unicode's categories of what moves the cursor, or turns the direction of writing."""


def mail_panel(scene: Scene, mail: Mail, *, is_short: bool) -> RenderableType:
    """Draw a mail; ``is_short``: without empty lines, where there is room for a few lines."""
    head = Table.grid(padding=(0, 1))
    head.add_column(style=_QUIET)
    head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    head.add_row("To", _clean(scene.whom(mail)))
    head.add_row("Subject", Text(_clean(mail.subject), "bold"))
    lines = [each for each in _lines(mail) if each.plain.strip() or not is_short]
    answers = f" · {scene.answers} answered" if scene.answers else ""
    return Panel(
        Group(head, *([] if is_short else [Text()]), *lines[:_MOST_LINES]),
        title=Text(f"✉ the newest of {scene.mails:,} mails{answers}", f"bold {COLOR}"),
        title_align="left",
        subtitle=Text(f"open it: {scene.mail_page}", Style(color=COLOR, link=scene.mail_page)),
        subtitle_align="left",
        border_style=COLOR,
        box=ROUNDED,
    )


def _lines(mail: Mail) -> Iterator[Text]:
    """Give a mail's text after its headline, with buttons in the place of long addresses."""
    buttons: list[Text] = []
    for line in mail.plain.split("\n")[1:]:
        found = _LINK.fullmatch(line)
        if found:
            label, address = found.groups()
            buttons.append(Text(f"[{_clean(label)}]", Style(color=COLOR, link=address)))
            continue
        if buttons:
            yield Text("  ").append_text(Text(" ").join(buttons))
            buttons = []
        yield _line(_clean(line))
    if buttons:
        yield Text("  ").append_text(Text(" ").join(buttons))


def _line(said: str) -> Text:
    if said.startswith("* "):
        return Text(said[2:], "bold")
    return Text(said, "bold" if said.isupper() else "")


def _clean(text: str) -> str:
    return "".join(each for each in text if unicodedata.category(each) not in _UNSEEN)
