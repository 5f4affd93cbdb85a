"""A demo where there is no terminal: a line for each thing that happens, at once."""

from collections.abc import Callable
from typing import Self

from gemist.demo.entry import Entry
from gemist.demo.scene import Scene
from gemist.demo.summary import summary


class Plain:
    """Writes lines, each as soon as it is true."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def up(self, scene: Scene, seconds: float) -> None:
        """The node answers."""
        self._write(
            f"up after {seconds:.1f} s: {scene.address}; mail is shown at {scene.mail_page}"
        )

    def load(self, days: int, of: int, marks: int, seconds: float) -> None:
        """Tell how far the history is."""
        self._write(
            f"history: {days} of {of} school days, {marks:,} marks, {marks / seconds:,.0f} a second"
        )

    def begin_day(self, scene: Scene) -> None:
        """Head the day."""
        snow = ", and it snows" if scene.snows else ""
        self._write(f"{scene.local:%A} {scene.local.day} {scene.local:%B %Y}{snow}")

    def tell(self, entry: Entry) -> None:
        """Write what happened."""
        place = f" ({entry.place})" if entry.place else ""
        why = f" | {entry.why}" if entry.why else ""
        self._write(f"  {entry.local:%H:%M} {entry.about}{place}: {entry.what}{why}")

    def draw(self, scene: Scene) -> None:
        """Nothing: a line is for what happened."""

    def end_day(self, scene: Scene) -> None:
        """Sum the day up."""
        today = scene.today
        self._write(
            f"  {scene.local:%H:%M} the day is closed: {today.registers} registers with"
            f" {today.marks:,} marks, {today.corrections} corrected; {len(today.away)} pupils away;"
            f" {scene.standing.total()} are missed now"
        )

    def end(self, scene: Scene, lines: list[str]) -> None:
        """Sum all up."""
        for line in [*summary(scene), *lines]:
            self._write(line)
