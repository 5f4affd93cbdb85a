"""What shows a demo: a terminal's live view, or plain lines where there is none."""

from typing import Protocol, Self

from gemist.demo.entry import Entry
from gemist.demo.scene import Scene


class Stage(Protocol):
    """Is entered before anything happens, and left at the end, whatever ends it."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(self, *error: object) -> None:
        """End, and leave the terminal as it was."""
        ...

    def up(self, scene: Scene, seconds: float) -> None:
        """The node answers at its address, after so many seconds."""
        ...

    def load(self, days: int, of: int, marks: int, seconds: float) -> None:
        """So many school days and marks of the history are kept."""
        ...

    def begin_day(self, scene: Scene) -> None:
        """A live school day begins."""
        ...

    def tell(self, entry: Entry) -> None:
        """Something happened."""
        ...

    def draw(self, scene: Scene) -> None:
        """A moment has passed."""
        ...

    def end_day(self, scene: Scene) -> None:
        """The node has closed the day at all schools."""
        ...

    def end(self, scene: Scene, lines: list[str]) -> None:
        """The last day is over; the lines are for people."""
        ...
