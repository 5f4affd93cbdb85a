"""What a running program tells operators: one JSON object a line on stderr, without pupils.

Only what the program itself says is written: an event's name and figures. Of an exception its
type and place are told, never its words, since those may hold what a school sent.
"""

import logging
import sys
from traceback import extract_tb
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

MOST_CHARACTERS: Final = 500
_FRAMES: Final = 6


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send our own lines, and those of libraries from warnings on, to stderr."""
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        place_of_exception,
        shortened,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(ensure_ascii=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in ("gemist", "streams"):
        logging.getLogger(ours).setLevel(level)


def place_of_exception(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Put an exception's type and place where its words and traceback would be."""
    told = line.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        frames = extract_tb(error.__traceback__)[-_FRAMES:]
        line["error"] = type(error).__name__
        line["where"] = " < ".join(f"{each.name}:{each.lineno}" for each in reversed(frames))
    return line


def shortened(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Cut long texts, so that no line becomes a book."""
    return {
        name: value[:MOST_CHARACTERS] if isinstance(value, str) else value
        for name, value in line.items()
    }
