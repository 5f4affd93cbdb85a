"""A demo in a terminal: one view that changes, and a summary that stays."""

from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from gemist.demo.entry import Entry
from gemist.demo.scene import Scene
from gemist.demo.speech import Speech
from gemist.demo.summary import summary
from gemist.demo.view import entry_rows, view

_EVERY: Final = 2
"""Frames are drawn; the others are too short to be seen."""

_BAR_COLUMNS: Final = 24
"""With what is said beside it, it fits into 80."""


class Terminal:
    """Draws on a terminal, and leaves it as it was."""

    def __init__(self, console: Console, say: Speech) -> None:
        self._console = console
        self._say = say
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._live: Live | None = None
        self._frames = 0
        self._has_ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stop_loading()
        self._stop_view()

    def up(self, scene: Scene, seconds: float) -> None:
        """Say where the node is."""
        say = self._say
        is_up = say.gettext(
            "is up after {seconds} s: {address}; {schools} schools, {pupils} pupils"
        )
        is_up = is_up.format(
            seconds=say.tenths(seconds),
            address=scene.address,
            schools=say.number(scene.schools),
            pupils=say.number(scene.pupils),
        )
        mail = say.gettext("what it mails is shown at {page}").format(page=scene.mail_page)
        self._console.print(f"[bold]gemist[/] {is_up}\n{mail}")
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn(say.gettext("their history")),
            BarColumn(bar_width=_BAR_COLUMNS),
            TextColumn("{task.fields[said]}"),
            console=self._console,
        )
        self._task = self._progress.add_task("", total=None, said="")
        self._progress.start()

    def load(self, days: int, of: int, marks: int, seconds: float) -> None:
        """Move the progress bar."""
        if self._progress is not None:
            said = self._say.gettext("{marks} marks, {rate} a second").format(
                marks=self._say.number(marks), rate=self._say.number(marks / seconds)
            )
            self._progress.update(self._task, completed=days, total=of, said=said)

    def begin_day(self, scene: Scene) -> None:
        """Show the day."""
        self._stop_loading()
        if self._live is None:
            self._live = Live(console=self._console, screen=True, auto_refresh=False)
            self._live.start()
        self._draw(scene)

    def tell(self, entry: Entry) -> None:
        """Print what happens when the view is gone; before, the view shows it."""
        if self._has_ended:
            self._console.print(entry_rows(entry, self._say))

    def draw(self, scene: Scene) -> None:
        """Show the moment."""
        self._frames += 1
        if self._frames % _EVERY == 0:
            self._draw(scene)

    def end_day(self, scene: Scene) -> None:
        """Show the evening."""
        self._draw(scene)

    def end(self, scene: Scene, lines: list[str]) -> None:
        """Leave the view, and sum up."""
        self._stop_view()
        self._has_ended = True
        for line in [*summary(scene), *lines]:
            self._console.print(line, markup=False, soft_wrap=True)

    def _draw(self, scene: Scene) -> None:
        if self._live is not None:
            self._live.update(view(scene), refresh=True)

    def _stop_loading(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _stop_view(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
