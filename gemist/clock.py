"""The only place that looks at a clock."""

import time
from collections.abc import Callable


def stopwatch() -> Callable[[], float]:
    """Begin to measure; what comes back gives the seconds since."""
    begun = time.perf_counter()
    return lambda: time.perf_counter() - begun
