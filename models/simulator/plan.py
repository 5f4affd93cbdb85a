"""What to simulate: sizes, dates, style and seed, checked once.

Everything that the simulator does follows from a :class:`Plan`; the same plan gives the same
bytes. Random numbers come from one stream per purpose and day (:meth:`Plan.stream`), so that a
change to how lateness is drawn moves no pupil's illness, and nothing depends on how the output
is cut into blocks.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

import numpy as np

#: The school year's first Monday of the default district.
DEFAULT_START = date(2025, 9, 1)
#: A day of five hours, as SEMANTICS.md section 1 takes it where a school says nothing.
MINUTES_PER_DAY = 300

_GREATEST_PUPILS = 5_000_000
_GREATEST_SCHOOLS = 100_000
_GREATEST_DAYS = 10_000
_GREATEST_SESSIONS = 12
_GREATEST_GROUP = 200
_GREATEST_SEED = 2**63 - 1
_FIRST_YEAR, _LAST_YEAR = 1980, 2150


class Style(StrEnum):
    """How a school's system writes a register down."""

    LISTED = "listed"
    """Every pupil of the group has a mark."""
    DEFAULT = "default"
    """``default: present``; only who was late, left early or was absent has a mark."""
    SINGLE = "single"
    """A register for every mark, as a system writes that sends each pupil's card by itself."""


class Purpose(IntEnum):
    """What random numbers are for; the numbers are part of what makes the bytes the same."""

    TRAITS = 1
    YEAR = 2
    PLACES = 3
    ILLNESS = 4
    CONDUCT = 5
    LEAVING = 6
    REGISTERS = 7
    REASONS = 8
    SNOW = 9
    STUDY_DAYS = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """One district over some school days.

    Raises :class:`ValueError` with a sentence for a reader where a number makes no sense.

    >>> Plan(pupils=100, days=10, seed=1).minutes_per_session
    150
    >>> Plan(pupils=1, schools=2, days=10, seed=1)
    Traceback (most recent call last):
    ValueError: 2 schools need at least 2 pupils, not 1
    """

    pupils: int
    """Pupils of the whole district, shared evenly over its schools."""
    days: int
    """School days of the district: holidays and weekends come on top."""
    seed: int
    schools: int = 1
    sessions: int = 2
    style: Style = Style.LISTED
    start: date = DEFAULT_START
    """The first school day, or the next open day after it."""
    group_size: int = 25
    closes: bool = False
    """A ``close`` at the end of every school day, not of the last one alone."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        for name, value, least, greatest in (
            ("pupils", self.pupils, 1, _GREATEST_PUPILS),
            ("schools", self.schools, 1, _GREATEST_SCHOOLS),
            ("days", self.days, 1, _GREATEST_DAYS),
            ("sessions", self.sessions, 1, _GREATEST_SESSIONS),
            ("group size", self.group_size, 1, _GREATEST_GROUP),
            ("seed", self.seed, 0, _GREATEST_SEED),
            ("start's year", self.start.year, _FIRST_YEAR, _LAST_YEAR),
        ):
            if not least <= value <= greatest:
                raise ValueError(f"{name} must be from {least} to {greatest}, not {value}")
        if self.pupils < self.schools:
            raise ValueError(
                f"{self.schools} schools need at least {self.schools} pupils, not {self.pupils}"
            )

    @property
    def minutes_per_session(self) -> int:
        """Minutes of one session: five hours, shared evenly."""
        return MINUTES_PER_DAY // self.sessions

    def stream(self, purpose: Purpose, moment: int = 0) -> np.random.Generator:
        """Random numbers for one purpose at one moment (a date's ordinal, a school year, or 0)."""
        return np.random.default_rng([self.seed, int(purpose), moment])
