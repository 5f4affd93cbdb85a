"""The only place that looks at a clock."""

import time
from collections.abc import Callable


def stopwatch() -> Callable[[], float]:
    """Begin to measure; what comes back gives the seconds since."""
    begun = time.perf_counter()
    return lambda: time.perf_counter() - begun


def now() -> float:
    """Seconds since 1970."""
    return time.time()  # noqa: TID251 - here and nowhere else
