"""A demo where there is no terminal: a line for each thing that happens, at once."""

from collections.abc import Callable
from typing import Self

from gemist.demo.entry import Entry
from gemist.demo.scene import Scene
from gemist.demo.speech import Speech
from gemist.demo.summary import summary


class Plain:
    """Writes lines, each as soon as it is true."""

    def __init__(self, write: Callable[[str], None], say: Speech) -> None:
        self._write = write
        self._say = say

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def up(self, scene: Scene, seconds: float) -> None:
        """The node answers."""
        say = self._say
        said = say.gettext("up after {seconds} s: {address}; mail is shown at {page}")
        self._write(
            said.format(seconds=say.tenths(seconds), address=scene.address, page=scene.mail_page)
        )

    def load(self, days: int, of: int, marks: int, seconds: float) -> None:
        """Tell how far the history is."""
        say = self._say
        said = say.gettext("history: {days} of {of} school days, {marks} marks, {rate} a second")
        rate = say.number(marks / seconds)
        self._write(said.format(days=days, of=of, marks=say.number(marks), rate=rate))

    def begin_day(self, scene: Scene) -> None:
        """Head the day."""
        snow = self._say.gettext(", and it snows") if scene.snows else ""
        day = self._say.day(scene.local)
        self._write(f"{day[:1].upper()}{day[1:]}{snow}")

    def tell(self, entry: Entry) -> None:
        """Write what happened."""
        place = f" ({entry.place})" if entry.place else ""
        why = f" | {entry.why}" if entry.why else ""
        self._write(f"  {entry.local:%H:%M} {entry.about}{place}: {entry.what}{why}")

    def draw(self, scene: Scene) -> None:
        """Nothing: a line is for what happened."""

    def end_day(self, scene: Scene) -> None:
        """Sum the day up."""
        today, say = scene.today, self._say
        said = say.gettext(
            "the day is closed: {registers} registers with {marks} marks, {corrected} corrected;"
            " {away} pupils away; {missed} are missed now"
        ).format(
            registers=say.number(today.registers),
            marks=say.number(today.marks),
            corrected=say.number(today.corrections),
            away=say.number(len(today.away)),
            missed=say.number(scene.standing.total()),
        )
        self._write(f"  {scene.local:%H:%M} {said}")

    def end(self, scene: Scene, lines: list[str]) -> None:
        """Sum all up."""
        for line in [*summary(scene), *lines]:
            self._write(line)
