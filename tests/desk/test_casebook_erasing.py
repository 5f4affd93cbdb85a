"""An erasure reaches everything that the desk keeps, and nothing older comes back."""

from pathlib import Path

from casebooks import alert, at, response, rows_of
from sqlalchemy import Engine, event, insert, select

from alerts.desk import outbox
from alerts.desk.audit import Way, looked
from alerts.desk.case import CaseState
from alerts.desk.casebook.erasing import erase, leave_nothing_erased
from alerts.desk.casebook.reading import cases
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.directory import load, pupil_names
from alerts.desk.letter import Letter
from alerts.desk.people import Person, Pupil
from alerts.desk.tables import METADATA, OUTBOX, OUTBOX_CASE
from alerts.roles import Role
from alerts.words import Language
from models.events.types import Action

GONE, STAYS = "pupil-who-goes-314159", "pupil-who-stays"
NAME = "Wilhelmina Zonneveld"
MENTOR = Person("01AB", "m17", Role.MENTOR, "Noor", "m17@school.example", Language.DUTCH)


def fill(desk: Engine) -> None:
    """A desk that knows two pupils by everything that it keeps."""
    with desk.begin() as connection:
        told = [
            (at(number), alert(f"{pupil[:11]}-{number}", number, pupil=pupil))
            for pupil in (GONE, STAYS)
            for number in range(40)
        ]
        take_alerts(connection, told)
        take_responses(
            connection,
            [
                response(Action.SPOKEN, number, f"{pupil[:11]}-{number}", pupil=pupil)
                for pupil in (GONE, STAYS)
                for number in range(40)
            ],
        )
        load(connection, "01AB", [Pupil(GONE, NAME, "4H2"), Pupil(STAYS, "Bo", None)], [MENTOR])
        found = {each.pupil: each for each in cases(connection, "01AB")}
        for key, about in (("both", (GONE, STAYS)), ("one", (STAYS,)), ("sent", (GONE, STAYS))):
            said = [outbox.Said(found[each].case, "01AB", each, "new") for each in about]
            names = [NAME if each == GONE else "Bo" for each in about]
            letter = Letter(subject="new", plain=" ".join(names), html="", data={"of": about})
            outbox.put(connection, key, MENTOR, "digest", letter, said, at(1))
        sent = select(OUTBOX.c.message).where(OUTBOX.c.key == "sent")
        outbox.sent(connection, connection.execute(sent).scalar_one(), at(1))
        for pupil in (GONE, STAYS):
            looked(connection, at(1), "01AB", pupil, "m17", Way.EXPORT)


def mentions(desk: Engine, what: str) -> list[str]:
    """Tables in which something stands, in whatever column."""
    rows = rows_of(desk, METADATA.tables.values())
    return sorted(
        name
        for name, found in rows.items()
        if any(what.encode() in repr(row).encode() for row in found)
    )


def test_nothing_of_an_erased_pupil_is_left_in_any_table(any_desk: Engine) -> None:
    fill(any_desk)
    everywhere = ["audit", "case", "outbox", "outbox_case", "pupil", "response", "told"]
    assert mentions(any_desk, GONE) == everywhere
    with any_desk.begin() as connection:
        erase(connection, "01AB", GONE, at(100))
    assert mentions(any_desk, GONE) == []
    assert mentions(any_desk, NAME) == []
    assert mentions(any_desk, STAYS) == everywhere


def test_a_message_that_waits_is_made_again_and_one_that_went_out_stays_told(
    any_desk: Engine,
) -> None:
    fill(any_desk)
    with any_desk.begin() as connection:
        erase(connection, "01AB", GONE, at(100))
        left = connection.execute(select(OUTBOX.c.key, OUTBOX.c.content == b"")).all()
        told = connection.execute(select(OUTBOX_CASE.c.pupil)).scalars().all()
    assert [(key, bool(is_empty)) for key, is_empty in left] == [("one", False), ("sent", True)]
    assert told == [STAYS, STAYS]


def test_no_byte_of_an_erased_pupil_is_left_in_any_file(desk: Engine, tmp_path: Path) -> None:
    fill(desk)
    files = [each for each in tmp_path.iterdir() if each.name.startswith("desk_")]
    assert any(GONE.encode() in each.read_bytes() for each in files)
    with desk.begin() as connection:
        erase(connection, "01AB", GONE, at(100))
    assert leave_nothing_erased(desk)
    for each in tmp_path.iterdir():
        content = each.read_bytes()
        assert GONE.encode() not in content, each
        assert NAME.encode() not in content, each
    assert any(STAYS.encode() in each.read_bytes() for each in files)


def test_somebody_who_reads_on_delays_the_overwriting_and_it_is_asked_for_again(
    desk: Engine, tmp_path: Path
) -> None:
    @event.listens_for(desk, "connect")
    def impatient(connection: object, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=10")  # type: ignore[attr-defined]

    desk.dispose()
    fill(desk)
    with desk.begin() as connection:
        erase(connection, "01AB", GONE, at(100))
    reader = desk.raw_connection()
    cursor = reader.cursor()
    cursor.execute("BEGIN")
    cursor.execute("SELECT * FROM pupil").fetchall()
    assert not leave_nothing_erased(desk)
    cursor.execute("COMMIT")
    reader.close()
    assert leave_nothing_erased(desk)
    assert not any(GONE.encode() in each.read_bytes() for each in tmp_path.iterdir())


def test_what_is_older_does_not_come_back_and_what_is_later_counts(any_desk: Engine) -> None:
    with any_desk.begin() as connection:
        erase(connection, "01AB", "p81", at(5))
        take_alerts(connection, [(at(5), alert("a1", 10)), (at(6), alert("a2", 11))])
        take_responses(
            connection, [response(Action.SPOKEN, 5, "a2"), response(Action.SEEN, 6, "a2")]
        )
        (case,) = cases(connection, "01AB")
    assert (case.newest.id, case.state, len(case.done)) == ("a2", CaseState.SEEN, 1)


def test_an_erasure_that_comes_again_takes_no_name_that_was_given_since(any_desk: Engine) -> None:
    with any_desk.begin() as connection:
        erase(connection, "01AB", "p81", at(5))
        load(connection, "01AB", [Pupil("p81", NAME, None)], [])
        erase(connection, "01AB", "p81", at(5))
        erase(connection, "01AB", "p81", at(4))
        assert "p81" in pupil_names(connection, "01AB", ["p81"])
        erase(connection, "01AB", "p81", at(7))
        assert pupil_names(connection, "01AB", ["p81"]) == {}


def test_a_pupil_of_another_school_with_the_same_id_stays(any_desk: Engine) -> None:
    with any_desk.begin() as connection:
        take_alerts(connection, [(at(0), alert("b1", school="02CD")), (at(0), alert("a1"))])
        connection.execute(
            insert(METADATA.tables["pupil"]).values(school="02CD", pupil="p81", name="Bo")
        )
        erase(connection, "01AB", "p81", at(5))
        assert cases(connection, "01AB") == []
        assert len(cases(connection, "02CD")) == 1
        assert "p81" in pupil_names(connection, "02CD", ["p81"])
