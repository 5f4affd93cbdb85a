"""What a person can answer about a case, by one click."""

from enum import StrEnum
from typing import Final

from alerts.desk.case import Case
from alerts.rules import Kind
from models.events.types import Action


class Offer(StrEnum):
    """What stands on a button; all but one are an action of the log by their own name."""

    SEEN = "seen"
    SPOKEN = "spoken"
    SUPPORT = "support"
    WAS_THERE = "was_there"
    FALSE_ALARM = "false_alarm"
    SNOOZE = "snooze"

    @property
    def action(self) -> Action:
        """What the log says of it: who hears that a pupil was there has seen the case.

        >>> Offer.WAS_THERE.action, Offer.SPOKEN.action
        (<Action.SEEN: 'seen'>, <Action.SPOKEN: 'spoken'>)
        """
        return Action.SEEN if self is Offer.WAS_THERE else Action(self.value)


SNOOZE_DAYS: Final = 7


def offers(case: Case) -> tuple[Offer, ...]:
    """What can be answered: nothing where no single pupil is spoken of."""
    return () if case.pupil is None or case.kind is Kind.GROUP else tuple(Offer)
