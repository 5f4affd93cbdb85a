"""Forgets a pupil: cases, messages, name, looks; and leaves nothing of them in the files."""

from typing import Final

from sqlalchemy import Connection, Engine, delete, select, update

from alerts.alert import decode_alert
from alerts.desk.casebook.erased import digest, erased_at
from alerts.desk.casebook.keeping import fold_again
from alerts.desk.casebook.upserts import put
from alerts.desk.database import leave_no_bytes
from alerts.desk.progress import set_progress
from alerts.desk.tables import (
    AUDIT,
    CASE,
    ERASED,
    OUTBOX,
    OUTBOX_CASE,
    PROGRESS,
    PUPIL,
    RESPONSE,
    TOLD,
)

_TO_WIPE: Final = "desk: erased, not yet wiped"
_WAITING: Final = "waiting"


def erase(connection: Connection, school: str, pupil: str, recorded_at: int) -> None:
    """Forget what was told of a pupil at or before an instant, and what was done about it.

    Of messages to people, one that waits is forgotten whole, so that it is made again without
    the pupil; of one that went out, the text. A repetition does nothing.
    """
    if (
        erased_at(connection, [(school, pupil)]).get((school, pupil), recorded_at - 1)
        >= recorded_at
    ):
        return
    row = {"school": school, "pupil_digest": digest(pupil), "recorded_at": recorded_at}
    put(connection, ERASED, [row])
    note_erased(connection)
    _erase_cases(connection, school, pupil, recorded_at)
    erase_messages(connection, school, pupil)
    for table in (PUPIL, AUDIT):
        connection.execute(delete(table).where(table.c.school == school, table.c.pupil == pupil))


def leave_nothing_erased(engine: Engine) -> bool:
    """Overwrite what the database's files still hold of erased pupils; says if nothing is left.

    Nothing is done where nobody was erased since the last time. It waits for the end of other
    transactions; where one goes on for too long, some is left, and it has to be called again.
    """
    with engine.connect() as connection:
        asked = select(PROGRESS.c.value).where(PROGRESS.c.name == _TO_WIPE)
        if connection.execute(asked).scalar() is None:
            return True
    if not leave_no_bytes(engine):
        return False
    with engine.begin() as connection:
        connection.execute(delete(PROGRESS).where(PROGRESS.c.name == _TO_WIPE))
    return True


def _erase_cases(connection: Connection, school: str, pupil: str, recorded_at: int) -> None:
    """Forget cases; what was told or done later begins cases of its own."""
    of_pupil = (CASE.c.school == school) & (CASE.c.pupil == pupil)
    in_cases = TOLD.c.case.in_(select(CASE.c.case).where(of_pupil))
    rest = connection.execute(select(TOLD).where(in_cases, TOLD.c.told_at > recorded_at))
    later = [(row.told_at, decode_alert(row.message)) for row in rest]
    connection.execute(delete(TOLD).where(in_cases))
    connection.execute(delete(CASE).where(of_pupil))
    answers = (RESPONSE.c.school == school) & (RESPONSE.c.pupil == pupil)
    connection.execute(delete(RESPONSE).where(answers, RESPONSE.c.recorded_at <= recorded_at))
    connection.execute(update(RESPONSE).where(answers).values(case=None))
    fold_again(connection, (), later)


def note_erased(connection: Connection) -> None:
    """Have `leave_nothing_erased` do its work once more."""
    set_progress(connection, {_TO_WIPE: 1})


def erase_messages(connection: Connection, school: str, pupil: str) -> None:
    """Forget what messages to people said of a pupil; one that waits is forgotten whole."""
    said = (OUTBOX_CASE.c.school == school) & (OUTBOX_CASE.c.pupil == pupil)
    about = OUTBOX.c.message.in_(select(OUTBOX_CASE.c.message).where(said))
    waiting = select(OUTBOX.c.message).where(about, OUTBOX.c.state == _WAITING)
    numbers = list(connection.execute(waiting).scalars())
    connection.execute(update(OUTBOX).where(about).values(content=b"", subject=""))
    connection.execute(delete(OUTBOX_CASE).where(OUTBOX_CASE.c.message.in_(numbers)))
    connection.execute(delete(OUTBOX_CASE).where(said))
    connection.execute(delete(OUTBOX).where(OUTBOX.c.message.in_(numbers)))
