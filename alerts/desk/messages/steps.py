"""Three first steps for each kind and tier, across pupil, class, school and surroundings.

After MD-MTSS (RULES.md): tier 1 greet, ask, adjust; 2 a mentor conversation and a plan with the
parents; 3 the care team, and a place to learn made to measure. The words are message ids of the
catalogues.
"""

from typing import Final

from alerts.rules import LOWEST_TIER, Kind


def marked(text: str) -> str:
    """Mark a message id for the catalogues, where it is not translated at once."""
    return text


_GREET: Final = (
    marked("Say hello, and that it is good to see them."),
    marked("Ask what helped."),
    marked("Keep what was adjusted in class."),
)
_STEPS: Final = {
    (Kind.ATTENDANCE, 2): (
        marked("Have a mentor conversation: ask how it goes, and what would make coming easier."),
        marked("Ask two colleagues what they see in class, and adjust what can be adjusted now."),
        marked("Make a short plan with the parents, with a date to look back."),
    ),
    (Kind.ATTENDANCE, 3): (
        marked("Make contact today: say that the pupil is missed, and listen first."),
        marked("Bring it to the care team this week; choose one person who keeps in touch."),
        marked("Look with pupil and parents for a place to learn made to measure."),
    ),
    (Kind.UNAUTHORISED, 2): (
        marked("Ask the pupil first: a mark may be wrong, and there may be a reason."),
        marked("See which lessons are missed, and what happens there."),
        marked("Tell the parents what was recorded, and make a plan together."),
    ),
    (Kind.UNAUTHORISED, 3): (
        marked("Speak with the pupil today: check the marks, and ask what is behind it."),
        marked("Bring it to the care team: what does the law ask of the school now?"),
        marked("Invite the parents, and make a plan that starts this week."),
    ),
    (Kind.SILENCE, 2): (
        marked("Look whether the pupil is in: nobody has recorded anything for days."),
        marked("Ask the administration whether group and timetable are right."),
        marked("If nobody knows, ring home today."),
    ),
    (Kind.GROUP, 2): (
        marked("Ask what happened: the weather, the bus, an outing, a register not taken."),
        marked("Do not judge single pupils by these days: shares leave them out."),
        marked("If it goes on, ask the group and its mentor what they need."),
    ),
}


def first_steps(kind: Kind, tier: int) -> tuple[str, str, str]:
    """Give the three steps' message ids; what has no tier of its own has the one below.

    >>> first_steps(Kind.SILENCE, 3) == first_steps(Kind.SILENCE, 2)
    True
    """
    for below in range(tier, LOWEST_TIER, -1):
        if (kind, below) in _STEPS:
            return _STEPS[kind, below]
    return _GREET
