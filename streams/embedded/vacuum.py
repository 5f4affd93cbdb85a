"""The log's file written anew, after an erasure, with nothing in it but what the log holds.

`secure_delete` overwrites what is deleted, but not the copies that SQLite leaves in the unused
part of a page when it moves rows from one to another. (Of 7,200 rows that were deleted or changed
in a file of mixed rows, parts of some five could still be read.) Only `VACUUM` leaves none.
"""

import logging
import os
import sqlite3
from typing import Final

from streams.embedded.store import Store

TO_VACUUM: Final = "to vacuum"
"""Was anything erased since the file was written anew?"""
AT_ONCE_BYTES: Final = 128 * 1024 * 1024
"""A file up to this size is written anew at once, in some two seconds; a larger one at night."""

log = logging.getLogger(__name__)


def is_due(store: Store, *, at_night: bool = False) -> bool:
    """Say whether the file is to be written anew now."""
    if not store.progress(TO_VACUUM):
        return False
    return at_night or store.path.stat().st_size <= AT_ONCE_BYTES


def vacuum(store: Store) -> bool:
    """Write the file anew; False where there is no room for it: then it stays due."""
    os.environ["SQLITE_TMPDIR"] = str(store.path.parent)  # what is pupils' stays in their folder
    try:
        store.connection.execute("VACUUM")
        with store.transaction():
            store.set_progress(TO_VACUUM, 0)
    except sqlite3.Error as error:
        log.warning("the log cannot be written anew yet, after an erasure: %s", error)
        return False
    return True
