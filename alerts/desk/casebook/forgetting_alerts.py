"""Forgets an alert that its log has deleted, since the pupil was erased.

The erasure itself is another event, which may come sooner than a message that was told before it.
"""

from sqlalchemy import Connection, delete, select, update

from alerts.alert import decode_alert
from alerts.desk.casebook.erasing import erase_messages, note_erased
from alerts.desk.casebook.keeping import fold_again
from alerts.desk.tables import CASE, RESPONSE, TOLD


def forget_alert(connection: Connection, alert: str, until: int) -> None:
    """Forget what was told of an alert until an instant (seconds since 1970); repeated at will.

    Other alerts of the same case stay; of messages to people about it, what they said goes.
    """
    of_alert = (TOLD.c.alert == alert) & (TOLD.c.told_at <= until)
    number = connection.execute(select(TOLD.c.case).where(of_alert).limit(1)).scalar()
    if number is None:
        return
    case = connection.execute(
        select(CASE.c.school, CASE.c.pupil).where(CASE.c.case == number)
    ).one()
    rest = connection.execute(select(TOLD).where(TOLD.c.case == number, ~of_alert))
    later = [(row.told_at, decode_alert(row.message)) for row in rest]
    connection.execute(delete(TOLD).where(TOLD.c.case == number))
    connection.execute(update(RESPONSE).where(RESPONSE.c.case == number).values(case=None))
    connection.execute(delete(CASE).where(CASE.c.case == number))
    if case.pupil is not None:
        erase_messages(connection, case.school, case.pupil)
    note_erased(connection)
    fold_again(connection, (), later)
