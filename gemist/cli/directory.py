"""``gemist directory``: who is at a school, for messages to people."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gemist.cli.at_the_desk import at_the_desk
from gemist.cli.config import ConfigFile
from gemist.cli.desk import DatabaseIfAny, DataIfAny, where_or_exit
from gemist.cli.refusal import refuse
from gemist.clock import now
from models.events.checks import is_id

if TYPE_CHECKING:
    from collections import Counter

    from alerts.roles import Role

directory = typer.Typer(
    help="Who is at a school: load names and addresses, list them, and shadow mode.",
    no_args_is_help=True,
    add_completion=False,
)

_MOST_FAULTS: Final = 100
"""Shown at once; a list with more of them is another list."""

School = Annotated[str, typer.Option("--school", metavar="S", help="The school's id.")]


@directory.command()
def load(
    school: School,
    pupils: Annotated[
        Path, typer.Argument(metavar="PUPILS.csv", help="pupil,name,group", readable=False)
    ],
    people: Annotated[
        Path,
        typer.Argument(
            metavar="PEOPLE.csv", help="person,role,name,address,language", readable=False
        ),
    ],
    data: DataIfAny = None,
    database: DatabaseIfAny = None,
    file: ConfigFile = None,
) -> None:
    """Put two lists in the place of a school's directory; whole, or not at all (docs/directory.md).

    Whoever is not in the new lists is forgotten.
    """
    from alerts.desk import lists  # noqa: PLC0415 - takes a moment, and is not always needed
    from alerts.desk.casebook.erased import erased_at  # noqa: PLC0415
    from alerts.desk.casebook.reading import school_facts  # noqa: PLC0415
    from alerts.desk.directory import counts, unassigned_of  # noqa: PLC0415
    from alerts.desk.directory import load as load_lists  # noqa: PLC0415
    from alerts.roles import Role  # noqa: PLC0415

    _check(school)
    found, faults = lists.read_pupils(str(pupils), _content(pupils))
    persons, more = lists.read_people(school, str(people), _content(people))
    faults += more
    if faults:
        for fault in faults[:_MOST_FAULTS]:
            typer.echo(fault, err=True)
        left = len(faults) - _MOST_FAULTS
        if left > 0:
            typer.echo(f"and {left:,} more", err=True)
        refuse("nothing was loaded, and what was there before is there still; mend the lists")
    with at_the_desk(where_or_exit(data, database, file)) as connection:
        load_lists(connection, school, found, persons)
        said = _said(school, *counts(connection, school))
        erased = len(erased_at(connection, [(school, each.pupil) for each in found]))
        is_met = school_facts(connection, school) is not None
        is_anybody = unassigned_of(connection, school) is not None or any(
            each.role is Role.ADMINISTRATION for each in persons
        )
    typer.echo(said)
    if not is_met:
        typer.echo(
            f"nothing has come from {school} so far: is that its id in the events?", err=True
        )
    if not is_anybody:
        typer.echo(
            "there is no administration: of pupils whose mentor is not in people.csv nobody hears,"
            " unless `gemist directory unassigned` names somebody",
            err=True,
        )
    if erased:
        typer.echo(
            f"{erased:,} of the pupils {'was' if erased == 1 else 'were'} erased before; take out"
            " of your list who has not come back, and load it again"
        )


@directory.command("list")
def list_(
    school: School,
    csv: Annotated[
        bool, typer.Option("--csv", help="The people, as `gemist directory load` reads them.")
    ] = False,
    data: DataIfAny = None,
    database: DatabaseIfAny = None,
    file: ConfigFile = None,
) -> None:
    """Say how many a school's directory has, and list its people; pupils are not shown."""
    from alerts.desk import lists, shadow  # noqa: PLC0415
    from alerts.desk.directory import counts, people_of  # noqa: PLC0415

    _check(school)
    with at_the_desk(where_or_exit(data, database, file)) as connection:
        people = people_of(connection, school)
        said = _said(school, *counts(connection, school))
        is_shadow = shadow.is_shadow(connection, school)
    if csv:
        typer.echo(lists.write_people(people), nl=False)
        return
    typer.echo(said)
    if is_shadow:
        typer.echo("shadow mode: nobody is told")
    rows = [
        (each.role.value, each.person, each.language.value, each.address, each.name)
        for each in people
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for *cells, name in rows:
        aligned = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        typer.echo("  ".join((*aligned, name)))


@directory.command()
def unassigned(
    school: School,
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS|none", help="Who is told of them, or nobody.")
    ],
    language: Annotated[str, typer.Option("--language", metavar="nl|en")] = "nl",
    data: DataIfAny = None,
    database: DatabaseIfAny = None,
    file: ConfigFile = None,
) -> None:
    """Name an address for pupils without a mentor; else the administration has a list of them."""
    from alerts.desk.channels.address import can_be_reached  # noqa: PLC0415
    from alerts.desk.directory import UNASSIGNED, name_unassigned  # noqa: PLC0415
    from alerts.desk.people import Person  # noqa: PLC0415
    from alerts.roles import Role  # noqa: PLC0415
    from alerts.words import Language  # noqa: PLC0415

    _check(school)
    if language not in set(Language):
        refuse(f"--language {language!r}: {' or '.join(Language)}")
    named = None
    if address != "none":
        if not can_be_reached(address):
            refuse(f"{address!r}: write one plain e-mail address, an https:// address, or none")
        named = Person(school, UNASSIGNED, Role.MENTOR, address, address, Language(language))
    with at_the_desk(where_or_exit(data, database, file)) as connection:
        name_unassigned(connection, school, named)
    told = address if named else "nobody; the administration has a list of them"
    typer.echo(f"{school}: of pupils without a mentor is told {told}")


@directory.command()
def shadow(
    school: School,
    mode: Annotated[str, typer.Argument(metavar="on|off")],
    data: DataIfAny = None,
    database: DatabaseIfAny = None,
    file: ConfigFile = None,
) -> None:
    """Begin shadow mode, in which all is worked out and nobody is told, or end it."""
    from alerts.desk.shadow import set_shadow  # noqa: PLC0415

    _check(school)
    if mode not in ("on", "off"):
        refuse(f"{mode!r}: write on or off")
    with at_the_desk(where_or_exit(data, database, file)) as connection:
        set_shadow(connection, school, now(), shadow=mode == "on")
    typer.echo(
        f"{school}: " + ("nobody is told" if mode == "on" else "people are told from now on")
    )


def _check(school: str) -> None:
    if not is_id(school):
        refuse(f"--school {school!r}: a school's id is 1 to 64 of A-Z a-z 0-9 . _ : -")


def _content(path: Path) -> bytes:
    from alerts.desk.list_rows import MOST_BYTES  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        refuse(f"{path}: cannot be read: {error.strerror}")


def _said(school: str, pupils: int, people: "Counter[Role]") -> str:
    """``01AB: 600 pupils; people: 24 mentor, 2 care_team``."""
    by_role = ", ".join(f"{people[role]:,} {role.value}" for role in people) or "none"
    return f"{school}: {pupils:,} pupil{'' if pupils == 1 else 's'}; people: {by_role}"
