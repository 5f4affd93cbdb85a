"""Schools, groups and mentors: the part of a district that stays as it is."""

from dataclasses import dataclass

import numpy as np

from models.simulator.arrays import IntArray
from models.simulator.plan import Plan, Purpose

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Years of primary and of secondary school in which groups are numbered.
_YEARS = {"po": 8, "vo": 6}
#: Seconds after midnight at which the first session of the earliest school begins: 08:15.
_FIRST_BELL = 8 * 3600 + 15 * 60
#: Schools begin up to this much later, in steps of five minutes.
_BELL_STEPS = 9
#: Five hours of lessons and one of breaks.
_DAY_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class Places:
    """Schools and groups by index; a group's index tells its school."""

    schools: list[str]
    phases: list[str]
    groups: list[str]
    """Names within the school, by the group's index in the district."""
    mentors: list[str]
    group_school: IntArray
    """``[groups]``: the school of each group; ascending."""
    school_groups: IntArray
    """``[schools + 1]``: where each school's groups begin."""
    seat_group: IntArray
    """``[seats]``: the group in which each seat begins; ascending."""
    bells: IntArray
    """``[groups, sessions]``: local seconds after midnight at which a session begins."""


def lay_out(plan: Plan) -> Places:
    """Share pupils evenly over schools, and a school's over groups of ``plan.group_size``."""
    school_sizes = _shares(plan.pupils, plan.schools)
    groups: list[str] = []
    mentors: list[str] = []
    phases: list[str] = []
    group_sizes: list[int] = []
    school_groups = [0]
    for school, pupils in enumerate(school_sizes):
        phase = "vo" if school % 2 == 0 else "po"
        sizes = _shares(pupils, -(-pupils // plan.group_size))
        groups += [_group_name(number, len(sizes), _YEARS[phase]) for number in range(len(sizes))]
        mentors += [f"m{school + 1}.{number + 1}" for number in range(len(sizes))]
        phases.append(phase)
        group_sizes += sizes
        school_groups.append(len(groups))
    group_school = np.repeat(np.arange(plan.schools), np.diff(school_groups))
    return Places(
        schools=[f"s{school + 1:03d}" for school in range(plan.schools)],
        phases=phases,
        groups=groups,
        mentors=mentors,
        group_school=group_school,
        school_groups=np.asarray(school_groups),
        seat_group=np.repeat(np.arange(len(groups)), group_sizes),
        bells=_bells(plan, group_school),
    )


def _shares(whole: int, parts: int) -> list[int]:
    """Cut a whole in nearly equal parts, the greater ones first."""
    least, over = divmod(whole, parts)
    return [least + (part < over) for part in range(parts)]


def _group_name(number: int, groups: int, years: int) -> str:
    """Name a group ``1A``, ``1B`` ... ``6C``: a year and a letter (then two letters) in it."""
    per_year = -(-groups // years)
    year, letter = divmod(number, per_year)
    rounds, last = divmod(letter, len(_LETTERS))
    return f"{year + 1}{str(rounds) if rounds else ''}{_LETTERS[last]}"


def _bells(plan: Plan, group_school: IntArray) -> IntArray:
    """Say when sessions begin: each school has its own first bell."""
    late = plan.stream(Purpose.PLACES).integers(0, _BELL_STEPS, plan.schools) * 300
    sessions = np.arange(plan.sessions) * (_DAY_SECONDS // plan.sessions)
    bells: IntArray = _FIRST_BELL + late[group_school][:, None] + sessions[None, :]
    return bells
