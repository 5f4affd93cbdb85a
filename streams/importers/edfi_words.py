"""What Ed-Fi's words mean: categories of attendance events, and the reasons that people type.

A category (`AttendanceEventCategoryDescriptor`) is one of a short list; a district may have its
own, which `--category` explains. `AttendanceEventReason` is free text. It is read for the few
words below, and never enters the stream.
"""

import re

import msgspec

from streams.importers.fact import Said, meaning
from streams.importers.refusal import Refusal, Unusable, Why

_WORDS_BY_REASON = {
    "unauthorised": r"\bun-?(excused|authori[sz]ed|explained)|truan|skipp(ed|ing)|cut class",
    "suspended": r"suspen|expelled|expulsion",
    "elsewhere": (
        r"(field|school|class) trip|school[- ](sponsored|activity|related|business)"
        r"|placement|internship|apprentice|work[- ](study|experience|based)|college visit"
        r"|competition|dual (credit|enrol)|home ?bound|remote|(virtual|distance) learning"
    ),
    "illness": (
        r"\bill\b|illness|\bsick|\bfever|\bflu\b|influenza|covid|quarantin|infect|headache"
        r"|migraine|vomit"
    ),
    "medical": (
        r"doctor|\bdr\b|dentist|dental|orthodon|medical|physician|therap|clinic|hospital"
        r"|surgery|optomet"
    ),
    "leave": r"excused|authori[sz]ed|vacation|holiday|family|funeral|bereave|religious",
}
"""The first that is found counts: ``Ill, doctor's note`` is illness."""

_WORDS = {reason: re.compile(words, re.IGNORECASE) for reason, words in _WORDS_BY_REASON.items()}


ALL_REASONS = frozenset(_WORDS)


class Category(msgspec.Struct, frozen=True):
    """What a category says by itself, and which reasons a description may add."""

    status: str
    reason: str | None = None
    may_become: frozenset[str] = frozenset()
    is_absence: bool = False
    is_partial: bool = False


CATEGORIES = {
    "excused absence": Category(
        "absent",
        "leave",
        ALL_REASONS - {"unauthorised"},
        is_absence=True,
    ),
    "unexcused absence": Category("absent", "unauthorised", is_absence=True),
    "tardy": Category("late", None, ALL_REASONS),
    "early departure": Category("left_early", None, ALL_REASONS),
    "partial": Category("left_early", None, ALL_REASONS, is_partial=True),
    "in attendance": Category("present"),
    "present": Category("present"),
}
"""By the descriptor's code, in small letters."""


def own_categories(options: list[str]) -> dict[str, Category]:
    """``CODE=status:reason`` of the command line, each a category of the district's own."""
    own: dict[str, Category] = {}
    for option in options:
        code, _, words = option.rpartition("=")
        try:
            said: Said = meaning(words)
        except ValueError as error:
            raise Unusable(f"--category {option!r}: {error}") from None
        if not code.strip():
            raise Unusable(f"--category {option!r}: write CODE=status:reason, ISS=absent:suspended")
        says_why = said.reason is not None or said.status == "present"
        may_become: frozenset[str] = frozenset() if says_why else ALL_REASONS
        own[code.strip().casefold()] = Category(
            said.status, said.reason, may_become, is_absence=said.status == "absent"
        )
    return own


def category(descriptor: str | None, own: dict[str, Category]) -> Category:
    """Find the category of a descriptor, ``uri://…#Excused Absence`` or the code alone."""
    if not descriptor:
        raise Refusal(Why.MISSING, "AttendanceEventCategory")
    code = descriptor.rpartition("#")[2].strip().casefold()
    found = own.get(code) or CATEGORIES.get(code)
    if found is None:
        raise Refusal(Why.UNKNOWN_CODE, "AttendanceEventCategory", descriptor)
    return found


def reason_of(kind: Category, description: str | None) -> str | None:
    """Take the description's reason, where it says more than the category does.

    >>> reason_of(CATEGORIES["excused absence"], "Absent excused")
    'leave'
    >>> reason_of(CATEGORIES["excused absence"], "Field trip to Austin")
    'elsewhere'
    >>> reason_of(CATEGORIES["unexcused absence"], "says he was ill")
    'unauthorised'
    """
    for reason, words in _WORDS.items():
        if reason in kind.may_become and words.search(description or ""):
            return reason
    return kind.reason
