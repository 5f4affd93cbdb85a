"""Who was erased, so that nothing older comes back: known by a digest, never by their id."""

from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import Connection, select

from alerts.desk.casebook.rows import some
from alerts.desk.tables import ERASED


def digest(pupil: str) -> bytes:
    """SHA-256 of a pupil's id."""
    return sha256(pupil.encode()).digest()


def erased_at(
    connection: Connection, pupils: Iterable[tuple[str, str | None]]
) -> dict[tuple[str, str | None], int]:
    """Say of those, by school and id, who were erased, up to when (seconds since 1970)."""
    by_digest = {(school, digest(each)): each for school, each in set(pupils) if each is not None}
    found: dict[tuple[str, str | None], int] = {}
    for digests in some({each for _, each in by_digest}):
        for row in connection.execute(select(ERASED).where(ERASED.c.pupil_digest.in_(digests))):
            pupil = by_digest.get((row.school, bytes(row.pupil_digest)))
            if pupil is not None:
                found[row.school, pupil] = row.recorded_at
    return found
