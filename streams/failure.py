"""How a failure is logged: where it was, never on what."""

import logging
import traceback
from typing import Final

_FRAMES: Final = 4

log = logging.getLogger(__name__)


def log_failure(what: str, error: BaseException) -> None:
    """Log that something failed, and where: a message may quote a pupil's data."""
    trace = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{each.filename}:{each.lineno}" for each in reversed(trace[-_FRAMES:]))
    log.error("%s: %s at %s", what, type(error).__name__, where)
