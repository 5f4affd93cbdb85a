"""Logs that are read whole and cut: for the table of patterns, for training and for judging."""

from collections.abc import Iterable

from gemist.cli.replay import show_progress
from models.pattern_table import PatternTable, joined_tables
from streams.cuts import Plan, cut_school
from streams.files import check_readable
from streams.known_until import is_simulated
from streams.school_logs import Logs, SchoolLog, read_logs


def read_whole(files: list[str]) -> Logs:
    """Read logs, and show on a terminal how far that is.

    Raises `streams.files.UnreadableError`.
    """
    for name in files:
        check_readable(name)
    with show_progress(files, "reading") as progress:
        return read_logs(files, progress)


def cut_all(logs: Iterable[SchoolLog], plan: Plan) -> tuple[PatternTable, bool]:
    """Cut each school; and does any log say that its pupils are invented?"""
    tables, invented = [], False
    for log in logs:
        invented |= is_simulated(log)
        tables.append(cut_school(log, plan))
    return joined_tables(tables), invented
