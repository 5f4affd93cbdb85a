"""What readers heard of a school after its pages were written: it counts as published.

A process may end between telling and writing pages. What it told then stands with readers, and
the school's book, read back, knows nothing of it: an alert whose ground was corrected meanwhile
would stand for ever. So before the next difference is taken, what was told is laid into what the
pages say was published.
"""

from collections.abc import Iterable

import msgspec

from alerts.alert import Alert, State
from alerts.difference import Told
from alerts.rules import Kind
from alerts.watch import Watch
from models.events.instants import date_of


def hear(watch: Watch, alerts: Iterable[Alert]) -> list[Alert]:
    """Take the newest message of each alert as told; all that is not final is compared again.

    Events that the alerts followed from must have been read. Gives the messages that take back
    what is about nobody whom the book knows; there are none but by a fault.
    """
    book, published = watch.book, watch.published
    unknown = []
    for alert in alerts:
        if alert.kind is Kind.GROUP:
            subject = 0 if alert.group is None else book.group_number.get(alert.group)
        else:
            subject = book.pupil_number.get(alert.pupil or "")
        if subject is None:
            if alert.state.stands:
                gone = msgspec.structs.replace(
                    alert, state=State.WITHDRAWN, reasons=(), version=book.version
                )
                unknown.append(gone)
            continue
        group = 0 if alert.group is None else book.number_of_group(alert.group)
        as_of = date_of(alert.as_of)
        told = Told(
            date_of(alert.opened_on),
            alert.state,
            alert.tier,
            group,
            book.roster.number_of_mentor(alert.mentor),
            alert.reasons,
            as_of,
            as_of > watch.newest_closed,
        )
        published.tell(alert.kind, subject, told)
    watch.work_anew()
    return unknown
