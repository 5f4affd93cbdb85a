"""The node's clock in a demo: it stands where it is put, until it is let go."""

from collections.abc import Callable

from gemist.clock import stopwatch


class FastClock:
    """Gives the seconds since 1970, to any thread; it never goes back.

    >>> clock = FastClock()
    >>> clock.move_to(1_795_000_000.0)
    >>> clock()
    1795000000.0
    """

    def __init__(self) -> None:
        self._hand: Callable[[], float] = float

    def __call__(self) -> float:
        """Where the hand is."""
        return self._hand()

    def move_to(self, instant: float) -> None:
        """Put the hand there, where it stands; earlier than it is does nothing."""
        at = max(instant, self._hand())
        self._hand = lambda: at

    def let_go(self) -> None:
        """Have it go on by itself, as clocks do."""
        at, passed = self._hand(), stopwatch()
        self._hand = lambda: at + passed()
