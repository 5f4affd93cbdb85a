"""The events of a school's log, as types (SEMANTICS.md 1).

These types are the contract: the JSON Schema in ``docs/`` is made from them, and
`models.events.decode` reads with them. A field that may be missing may also be null, which is
the same.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

MOST_MINUTES: Final = 600

# What a text must look like stands in the schema alone: `models.events.checks` looks at it once
# for each value that is new, which is faster than at every mark.
Id = Annotated[
    str,
    Meta(
        description="1 to 64 of A-Z a-z 0-9 . _ : -",
        extra_json_schema={"pattern": r"^[A-Za-z0-9._:-]{1,64}$"},
    ),
]
Date = Annotated[
    str,
    Meta(
        description="a date, YYYY-MM-DD",
        extra_json_schema={"pattern": r"^\d{4}-\d{2}-\d{2}$"},
    ),
]
Instant = Annotated[
    str,
    Meta(
        description="RFC 3339; a fraction of a second is dropped",
        extra_json_schema={
            "pattern": r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?"
            r"([Zz]|[+-]\d{2}:\d{2})$"
        },
    ),
]
SessionNumber = Annotated[int, Meta(ge=1, le=12, description="a lesson, half-day or day")]
SessionMinutes = Annotated[int, Meta(ge=1, le=MOST_MINUTES)]
MinutesMissed = Annotated[int, Meta(ge=0, le=MOST_MINUTES)]


class Status(StrEnum):
    """What a mark says; of two at one time the later in this list holds."""

    WITHDRAWN = "withdrawn"
    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"
    ABSENT = "absent"


class Reason(StrEnum):
    """Why; of two at one time the later in this list holds."""

    ELSEWHERE = "elsewhere"
    MEDICAL = "medical"
    ILLNESS = "illness"
    LEAVE = "leave"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"
    UNAUTHORISED = "unauthorised"


class EnrolmentStatus(StrEnum):
    """Whether a pupil is taught here; only ``enrolled`` enrols."""

    ENROLLED = "enrolled"
    EXEMPT = "exempt"
    WAITING = "waiting"
    LEFT = "left"


class Phase(StrEnum):
    """Kind of education: primary, secondary, special, vocational, and on the way to work."""

    PO = "po"
    VO = "vo"
    SO = "so"
    MBO = "mbo"
    TRANSITION = "transition"


class Action(StrEnum):
    """What a person did about an alert."""

    SEEN = "seen"
    SPOKEN = "spoken"
    SUPPORT = "support"
    REFERRED = "referred"
    REPORTED = "reported"
    RESOLVED = "resolved"
    FALSE_ALARM = "false_alarm"
    SNOOZE = "snooze"


class Reporting(StrEnum):
    """``exceptions``: a system that exports only absences; whoever is not mentioned was there."""

    ALL = "all"
    EXCEPTIONS = "exceptions"


class Pack(StrEnum):
    """A country's rules."""

    NL = "nl"
    ANY = "any"
    NONE = "none"


class Default(StrEnum):
    """What a register says about everyone who is not listed."""

    PRESENT = "present"
    WITHDRAWN = "withdrawn"


class LeftFor(StrEnum):
    """Where a pupil went who left."""

    DIPLOMA = "diploma"
    SCHOOL = "school"
    WORK = "work"
    OTHER = "other"


class Mark(Struct, gc=False, frozen=True):
    """One pupil in one register."""

    pupil: Id
    status: Status
    reason: Reason | None = None
    minutes_missed: MinutesMissed | None = None


class School(Struct, tag_field="type", tag="school", frozen=True, kw_only=True):
    """What a school is."""

    id: Id
    school: Id
    recorded_at: Instant
    name: Any = None
    timezone: Annotated[str, Meta(description="an IANA name")] | None = None
    reporting: Reporting | None = None
    sessions_per_day: SessionNumber | None = None
    minutes_per_session: SessionMinutes | None = None
    pack: Pack | None = None


class Enrolment(
    Struct, tag_field="type", tag="enrolment", frozen=True, kw_only=True, rename={"from_": "from"}
):
    """A pupil's place at a school from a date on."""

    id: Id
    school: Id
    recorded_at: Instant
    pupil: Id
    from_: Date
    until: Date | None = None
    group: Id | None = None
    mentor: Id | None = None
    status: EnrolmentStatus | None = None
    phase: Phase | None = None
    left_for: LeftFor | None = None

    @property
    def is_leaving(self) -> bool:
        """Does the pupil leave, not with a diploma and not for another school?"""
        return self.status is EnrolmentStatus.LEFT and self.left_for not in _NOT_LEAVING


_NOT_LEAVING: Final = (LeftFor.DIPLOMA, LeftFor.SCHOOL)


class Calendar(Struct, tag_field="type", tag="calendar", frozen=True, kw_only=True):
    """A date on which the school is open, or not."""

    id: Id
    school: Id
    recorded_at: Instant
    date: Date
    open: bool
    reason: Any = None


class Register(Struct, tag_field="type", tag="register", gc=False, frozen=True, kw_only=True):
    """What one teacher recorded for one session."""

    id: Id
    school: Id
    recorded_at: Instant
    date: Date
    session: SessionNumber
    minutes: SessionMinutes | None = None
    group: Id | None = None
    by: Id | None = None
    default: Default | None = None
    marks: list[Mark] | None = None


class Close(Struct, tag_field="type", tag="close", frozen=True, kw_only=True):
    """The school's day is over."""

    id: Id
    school: Id
    recorded_at: Instant
    date: Date


class Response(Struct, tag_field="type", tag="response", frozen=True, kw_only=True):
    """What a person did about an alert. ``until`` counts with ``snooze`` and ``reported``."""

    id: Id
    school: Id
    recorded_at: Instant
    pupil: Id
    alert: Id
    action: Action
    until: Date | None = None
    by: Id | None = None


class Erase(Struct, tag_field="type", tag="erase", frozen=True, kw_only=True):
    """What was recorded about the pupil up to now was never said."""

    id: Id
    school: Id
    recorded_at: Instant
    pupil: Id


Event = School | Enrolment | Calendar | Register | Close | Response | Erase
EVENT_TYPES: Final[tuple[type[Struct], ...]] = (
    School,
    Enrolment,
    Calendar,
    Register,
    Close,
    Response,
    Erase,
)


def tag_of(kind: type[Struct]) -> str:
    """Give what stands as ``type`` in events of a kind.

    >>> tag_of(Enrolment)
    'enrolment'
    """
    return str(kind.__struct_config__.tag)


BY_TAG: Final = {tag_of(each): each for each in EVENT_TYPES}
"""The kinds of events, by what stands as their ``type``."""
