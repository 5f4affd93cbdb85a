"""The desk of a data folder, for commands that look into it or change it."""

from pathlib import Path
from typing import TYPE_CHECKING

from gemist.cli.config import settings_or_exit
from gemist.cli.refusal import refuse

if TYPE_CHECKING:  # it takes a moment to import, and most commands do not need it
    from sqlalchemy import Engine


def desk_or_exit(data: Path, config: Path | None) -> "Engine":
    """Open the desk that belongs to a data folder, or say in one line why that cannot be.

    It is the database that ``desk.database`` names, else a file in the folder, made if need be.
    """
    from alerts.desk.database import DeskError, open_desk  # noqa: PLC0415 - takes a moment
    from streams.embedded.folder import desk_of  # noqa: PLC0415

    database = settings_or_exit(config).settings.desk.database
    if not database and not data.is_dir():
        refuse(f"{data}: there is no such data folder")
    try:
        return open_desk(desk_of(data, database))
    except DeskError as error:
        refuse(str(error))
