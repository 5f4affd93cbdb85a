"""Who may send for which schools, in a table of the desk's database, where the log is Kafka.

The door asks a memory that is brought up to date five times a second: what is created or revoked
holds everywhere within a second. A door that cannot look for that long knows nobody any more.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from time import monotonic
from typing import Final

from sqlalchemy import Engine, func, insert, select, update

from alerts.desk.database import looking
from alerts.desk.progress import progress, set_progress
from alerts.desk.tables import TOKEN
from streams.failure import log_failure
from streams.gateway.tokens import Token, TokensUnreadableError, new_token, read_token

CHANGES: Final = "tokens: changes"
"""Name in `alerts.desk.progress` of a number that grows with every change."""
LOOK_SECONDS: Final = 0.2
MOST_AGE_SECONDS: Final = 1.0
"""So long what was seen last may be relied on: a revocation holds within it."""

log = logging.getLogger(__name__)


def create(engine: Engine, schools: Iterable[str], note: str, now: int) -> str:
    """Make a token for schools; what comes back is shown nowhere else again.

    Raises `sqlalchemy.exc.SQLAlchemyError`, as the others do.
    """
    made = new_token()
    row = {
        "id": made.id,
        "secret_sha256": made.secret_sha256,
        "schools": json.dumps(sorted(set(schools))),
        "created_at": now,
        "note": note,
    }
    with engine.begin() as connection:
        connection.execute(insert(TOKEN).values(row))
        set_progress(connection, {CHANGES: progress(connection, CHANGES) + 1})
    return made.text


def revoke(engine: Engine, public: str, now: int) -> bool:
    """Take a token back, by its id; say whether there is one. Twice does no harm."""
    with engine.begin() as connection:
        connection.execute(
            update(TOKEN)
            .where(TOKEN.c.id == public, TOKEN.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        set_progress(connection, {CHANGES: progress(connection, CHANGES) + 1})
        asked = select(func.count()).select_from(TOKEN).where(TOKEN.c.id == public)
        return connection.execute(asked).scalar_one() > 0


def listed(engine: Engine) -> list[Token]:
    """List all tokens, revoked ones too, oldest first."""
    with engine.begin() as connection:
        rows = connection.execute(select(TOKEN).order_by(TOKEN.c.created_at, TOKEN.c.id))
        return [
            Token(row.id, tuple(json.loads(row.schools)), row.created_at, row.revoked_at, row.note)
            for row in rows
        ]


@dataclass(frozen=True, slots=True)
class _Seen:
    known: Mapping[str, tuple[bytes, frozenset[str]]]
    """By id: the secret's hash, and the schools."""
    changes: int
    at: float


class DeskTokens:
    """Whose a token is, for the door: `start` before the first question, `close` at the end."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._seen = _Seen({}, -1, float("-inf"))
        self._failing = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tokens", daemon=True)

    def start(self) -> None:
        """Look for the first time, and go on looking.

        Raises `sqlalchemy.exc.SQLAlchemyError`.
        """
        self._look()
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def schools_of(self, token: str) -> frozenset[str] | None:
        """Give the schools a token is for, or None; see `streams.gateway.tokens.Tokens`."""
        found = read_token(token)
        if found is None:
            return None
        seen = self._seen
        if self._clock() - seen.at > MOST_AGE_SECONDS:
            raise TokensUnreadableError("the desk's database cannot be asked for tokens")
        public, hashed = found
        kept, schools = seen.known.get(public, (b"", None))
        return schools if compare_digest(kept, hashed) else None

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - `schools_of` says so, and it is tried again
                if not self._failing:
                    log_failure("tokens cannot be read", error)
                self._failing = True
            else:
                if self._failing:
                    log.warning("tokens can be read again")
                self._failing = False

    def _look(self) -> None:
        begun = self._clock()
        with looking(self._engine) as connection:
            changes = progress(connection, CHANGES)  # read first: what changes since is seen next
            known = self._seen.known
            if changes != self._seen.changes:
                rows = connection.execute(select(TOKEN).where(TOKEN.c.revoked_at.is_(None)))
                known = {
                    row.id: (bytes(row.secret_sha256), frozenset(json.loads(row.schools)))
                    for row in rows
                }
        self._seen = _Seen(known, changes, begun)
