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

from alerts.desk.messages.steps import marked
from gemist.demo.entry import Entry, Tone
from gemist.demo.kept import What
from gemist.demo.mail_panel import COLOR, mail_panel
from gemist.demo.mailbox import Mail
from gemist.demo.scene import Scene
from gemist.demo.speech import Speech

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
_BELLS: Final = (
    (8, 15, marked("before the first lesson")),
    (14, 45, marked("lessons")),
    (17, 30, marked("after school")),
)
_EVENING: Final = marked("evening")
_PARTS: Final = (16, 18, 16, 11, 17)
"""Columns of the numbers in a terminal of 80, where Dutch ones fit too; wider where it is."""


def view(scene: Scene) -> RenderableType:
    """Lay out a moment; its height is the terminal's."""
    page = Layout()
    page.split_column(
        Layout(_head(scene), size=_HEAD_LINES),
        Layout(_Body(scene)),
        Layout(_foot(scene), size=_FOOT_LINES),
    )
    return page


def entry_rows(entry: Entry, say: Speech) -> RenderableType:
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
    when = f"{say.day(entry.local, 'EEE')} {entry.local:%H:%M}"
    table.add_row(when, Text(sign, color), first)
    if entry.why and entry.tone not in _WITHOUT_REASON:
        table.add_row("", "", Text(entry.why))
    return table


class _Body:
    """What happened, and a mail: beside it where there is room, else below."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        scene, height = self._scene, options.height or options.max_height
        body = Layout(_Feed(scene.entries, scene.say))
        if scene.mail is not None and height >= _LEAST_WITH_MAIL:
            feed = Layout(_Feed(scene.entries, scene.say))
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

    def __init__(self, entries: Iterable[Entry], say: Speech) -> None:
        self._entries = reversed(list(entries))
        self._say = say

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.height or options.max_height
        inner = options.update(height=None, width=min(options.max_width, _MOST_WIDTH) - 2)
        for entry in self._entries:
            rows = Padding(entry_rows(entry, self._say), (0, 0, 0, 1))
            lines = console.render_lines(rows, inner, pad=False)
            room -= len(lines)
            if room < 0:
                return
            for line in lines:
                yield from line
                yield Segment.line()


def _head(scene: Scene) -> RenderableType:
    now, say = scene.local, scene.say
    number = say.gettext("day {day} of {days}").format(day=scene.day, days=scene.days)
    title = Table.grid(expand=True)
    title.add_column()
    title.add_column(justify="right")
    title.add_row(
        Text.assemble(
            ("gemist  ", f"bold {_WARM}"),
            (f"{say.day(now)}  ", "bold"),
            (f"{now:%H:%M}", f"bold {_WARM}"),
        ),
        Text(number, _QUIET),
    )
    return Padding(
        Group(
            title,
            _day_bar(scene),
            Text(),
            _numbers(_incoming(scene)),
            _numbers(_outcome(scene)),
            Text(),
            Rule(Text(say.gettext("what the node tells"), _QUIET), style=_QUIET, align="left"),
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
    gettext = scene.say.gettext
    if scene.is_over:
        said = gettext("the day is closed")
    else:
        at = (scene.local.hour, scene.local.minute)
        part = next((name for hour, minute, name in _BELLS if at < (hour, minute)), _EVENING)
        said = gettext(part)
    return gettext("✻ it snows ✻ {part}").format(part=said) if scene.snows else said


def _incoming(scene: Scene) -> list[tuple[str, str, str]]:
    today, gettext, number = scene.today, scene.say.gettext, scene.say.number
    return [
        (number(today.registers), gettext("registers"), ""),
        (number(today.marks), gettext("marks"), ""),
        (number(scene.marks_per_second), gettext("marks/s"), ""),
        (number(len(today.away)), gettext("away"), ""),
        (number(today.corrections), gettext("corrected"), ""),
    ]


def _outcome(scene: Scene) -> list[tuple[str, str, str]]:
    seen, gettext, number = scene.seen, scene.say.gettext, scene.say.number
    return [
        (number(scene.standing.total()), gettext("missed"), _WARM),
        (number(scene.standing[3]), gettext("tier 3"), _URGENT),
        (f"+{number(scene.alerts)}", gettext("new"), _WARM),
        (number(seen[What.CLOSED] + seen[What.EASED]), gettext("better"), _GOOD),
        (number(seen[What.TAKEN_BACK]), gettext("taken back"), _BACK),
    ]


def _numbers(numbers: list[tuple[str, str, str]]) -> RenderableType:
    row = Table.grid(expand=True)
    for part in _PARTS:
        row.add_column(ratio=part, no_wrap=True)
    row.add_row(
        *(Text.assemble((number, f"bold {color}"), f" {name}") for number, name, color in numbers)
    )
    return row


def _foot(scene: Scene) -> RenderableType:
    say = scene.say
    simulated = say.gettext("simulated: {schools} schools, {pupils} pupils").format(
        schools=say.number(scene.schools), pupils=say.number(scene.pupils)
    )
    ends = say.gettext("Ctrl-C ends")
    foot = Table.grid(expand=True)
    foot.add_column()
    foot.add_column(justify="right")
    foot.add_row(
        Text(simulated, _QUIET),
        Text(f"{scene.address}   {ends}", _QUIET),
    )
    return Padding(Group(Rule(style=_QUIET), foot), (0, 1))
