"""One moment of a demo as a page of a terminal, from 80 columns on."""

from collections.abc import Iterable
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.layout import Layout
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from gemist.demo.entry import Entry, Tone
from gemist.demo.kept import What
from gemist.demo.mail_panel import COLOR, mail_panel
from gemist.demo.mailbox import Mail
from gemist.demo.scene import Scene

_MOST_WIDTH: Final = 120
"""Longer lines are not read."""
_QUIET: Final = "grey50"
_WARM: Final = "dark_orange"
_ICE: Final = "cyan"
_URGENT, _GOOD, _BACK = "red", "green", "dodger_blue1"
"""All of them can be read on a dark ground and on a light one."""
_SIGNS: Final = {
    Tone.MISSED: ("●", _WARM),
    Tone.URGENT: ("●", _URGENT),
    Tone.GOOD: ("●", _GOOD),
    Tone.TAKEN_BACK: ("↩", _BACK),
    Tone.NOTICE: ("■", "medium_purple1"),
    Tone.SNOW: ("✻", _ICE),
    Tone.MAIL: ("✉", COLOR),
    Tone.ANSWER: ("✓", _GOOD),
}
_WITHOUT_REASON: Final = (Tone.GOOD, Tone.MAIL)
"""Good news need none, and a mail is drawn beside."""
_HEAD_LINES: Final = 7
_FOOT_LINES: Final = 2
_LEAST_WITH_MAIL: Final = 13
"""Lines of the part in between, for a mail to be drawn there."""
_LEAST_MAIL_LINES: Final = 7
_LEAST_MAIL_COLUMNS, _LEAST_BESIDE = 50, 110
"""Columns of a mail, and of a terminal in which it stands beside the news."""
_BELLS: Final = ((8, 15, "before the first lesson"), (14, 45, "lessons"), (17, 30, "after school"))


def view(scene: Scene) -> RenderableType:
    """Lay out a moment; its height is the terminal's."""
    page = Layout()
    page.split_column(
        Layout(_head(scene), size=_HEAD_LINES),
        Layout(_Body(scene)),
        Layout(_foot(scene), size=_FOOT_LINES),
    )
    return page


def entry_rows(entry: Entry) -> RenderableType:
    """What happened, with its sign, and beneath it why; good news need no reason."""
    sign, color = _SIGNS[entry.tone]
    first = Text(no_wrap=False)
    first.append(entry.about, "bold")
    if entry.place:
        first.append(f" ({entry.place})", _QUIET)
    first.append(f" {entry.what}", color)
    table = Table.grid(padding=(0, 1))
    table.add_column(width=9, style=_QUIET)
    table.add_column(width=1)
    table.add_column(ratio=1, max_width=_MOST_WIDTH)
    table.add_row(f"{entry.local:%a %H:%M}", Text(sign, color), first)
    if entry.why and entry.tone not in _WITHOUT_REASON:
        table.add_row("", "", Text(entry.why))
    return table


class _Body:
    """What happened, and a mail: beside it where there is room, else below."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        scene, height = self._scene, options.height or options.max_height
        body = Layout(_Feed(scene.entries))
        if scene.mail is not None and height >= _LEAST_WITH_MAIL:
            feed = Layout(_Feed(scene.entries))
            if options.max_width >= _LEAST_BESIDE:
                beside = _Letter(scene, scene.mail, is_short=False)
                columns = max(_LEAST_MAIL_COLUMNS, options.max_width // 3)
                body.split_row(feed, Layout(beside, size=columns))
            else:
                mail = _Letter(scene, scene.mail, is_short=True)
                body.split_column(feed, Layout(mail, size=max(_LEAST_MAIL_LINES, height // 2)))
        yield from body.__rich_console__(console, options)


class _Letter:
    """A mail, no longer than it is."""

    def __init__(self, scene: Scene, mail: Mail, *, is_short: bool) -> None:
        self._panel = mail_panel(scene, mail, is_short=is_short)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.height or options.max_height
        padded = Padding(self._panel, (0, 1))
        inner = options.update(width=options.max_width, height=None)
        self._panel.height = min(room, len(console.render_lines(padded, inner)))
        yield padded


class _Feed:
    """What happened, newest first, as much as there is room for; nothing is cut in half."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = reversed(list(entries))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.height or options.max_height
        inner = options.update(height=None, width=min(options.max_width, _MOST_WIDTH) - 2)
        for entry in self._entries:
            lines = console.render_lines(Padding(entry_rows(entry), (0, 0, 0, 1)), inner, pad=False)
            room -= len(lines)
            if room < 0:
                return
            for line in lines:
                yield from line
                yield Segment.line()


def _head(scene: Scene) -> RenderableType:
    now = scene.local
    title = Table.grid(expand=True)
    title.add_column()
    title.add_column(justify="right")
    title.add_row(
        Text.assemble(
            ("gemist  ", f"bold {_WARM}"),
            (f"{now:%A} {now.day} {now:%B %Y}  ", "bold"),
            (f"{now:%H:%M}", f"bold {_WARM}"),
        ),
        Text(f"day {scene.day} of {scene.days}", _QUIET),
    )
    return Padding(
        Group(
            title,
            _day_bar(scene),
            Text(),
            _numbers(_incoming(scene)),
            _numbers(_outcome(scene)),
            Text(),
            Rule(Text("what the node tells", _QUIET), style=_QUIET, align="left"),
        ),
        (0, 1),
    )


def _day_bar(scene: Scene) -> RenderableType:
    color = _ICE if scene.snows else _WARM
    bar = Table.grid(padding=(0, 2), expand=True)
    bar.add_column(ratio=1)
    bar.add_column(justify="right")
    bar.add_row(
        ProgressBar(1.0, scene.part, complete_style=color, finished_style=color),
        Text(_part_of_day(scene), f"bold {_ICE}" if scene.snows else _QUIET),
    )
    return bar


def _part_of_day(scene: Scene) -> str:
    if scene.is_over:
        said = "the day is closed"
    else:
        at = (scene.local.hour, scene.local.minute)
        said = next((name for hour, minute, name in _BELLS if at < (hour, minute)), "evening")
    return f"✻ it snows ✻ {said}" if scene.snows else said


def _incoming(scene: Scene) -> list[tuple[str, str, str]]:
    today = scene.today
    return [
        (f"{today.registers:,}", "registers", ""),
        (f"{today.marks:,}", "marks", ""),
        (f"{scene.marks_per_second:,.0f}", "marks/s", ""),
        (f"{len(today.away):,}", "away", ""),
        (f"{today.corrections:,}", "corrected", ""),
    ]


def _outcome(scene: Scene) -> list[tuple[str, str, str]]:
    seen = scene.seen
    return [
        (f"{scene.standing.total():,}", "missed", _WARM),
        (f"{scene.standing[3]:,}", "tier 3", _URGENT),
        (f"+{scene.alerts:,}", "new", _WARM),
        (f"{seen[What.CLOSED] + seen[What.EASED]:,}", "better", _GOOD),
        (f"{seen[What.TAKEN_BACK]:,}", "taken back", _BACK),
    ]


def _numbers(numbers: list[tuple[str, str, str]]) -> RenderableType:
    row = Table.grid(expand=True)
    for _ in numbers:
        row.add_column(ratio=1)
    row.add_row(
        *(Text.assemble((number, f"bold {color}"), f" {name}") for number, name, color in numbers)
    )
    return row


def _foot(scene: Scene) -> RenderableType:
    foot = Table.grid(expand=True)
    foot.add_column()
    foot.add_column(justify="right")
    foot.add_row(
        Text(f"simulated: {scene.schools} schools, {scene.pupils:,} pupils", _QUIET),
        Text(f"{scene.address}   Ctrl-C ends", _QUIET),
    )
    return Padding(Group(Rule(style=_QUIET), foot), (0, 1))
