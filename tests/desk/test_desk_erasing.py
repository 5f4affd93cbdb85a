"""Who was erased is nowhere at the desk: in no column of a table, in no byte of a file."""

from casebooks import alert, at, response
from desk_folder import INITIALS, NAMES, OTHER, SCHOOL, WHO, fill
from sqlalchemy import Engine, select

from alerts.desk.casebook.erasing import erase, leave_nothing_erased
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.tables import METADATA
from models.events.types import Action


def cells(desk: Engine) -> list[tuple[str, str]]:
    """Every value of every column of every table, as text, with where it stands."""
    found = []
    with desk.begin() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for column, value in row.items():
                    text = value.decode(errors="replace") if isinstance(value, bytes) else value
                    found.append((f"{table.name}.{column}", str(text)))
    return found


def naming(desk: Engine, *words: str) -> set[str]:
    return {where for where, text in cells(desk) if any(word in text for word in words)}


def test_a_desk_names_a_pupil_in_these_columns_and_after_an_erasure_in_none(any_desk):
    fill(any_desk)
    words = (WHO, NAMES[WHO], INITIALS[WHO])
    assert naming(any_desk, *words) == {
        "pupil.pupil", "pupil.name", "case.pupil", "case.alert", "case.message", "told.alert",
        "told.message", "response.pupil", "response.alert", "response.event", "outbox.content",
        "outbox_case.pupil", "audit.pupil", "audit.alert",
    }  # fmt: skip
    with any_desk.begin() as connection:
        erase(connection, SCHOOL, WHO, at(3))
    assert naming(any_desk, *words) == set()


def test_nothing_of_another_pupil_goes_but_the_text_of_messages_that_named_both(any_desk):
    fill(any_desk)
    before = [each for each in cells(any_desk) if OTHER in each[1]]
    with any_desk.begin() as connection:
        erase(connection, SCHOOL, WHO, at(3))
    left = [each for each in cells(any_desk) if OTHER in each[1]]
    gone = list(before)
    for each in left:
        gone.remove(each)
    assert {where for where, _ in gone} == {"outbox.content", "outbox_case.pupil"}
    assert all(WHO in text for where, text in gone if where == "outbox.content")
    assert ("outbox.key", "both/sent") in cells(any_desk)
    assert ("outbox.key", "both/waiting") not in cells(any_desk)


def test_what_was_told_before_an_erasure_and_comes_after_it_stays_out(any_desk):
    fill(any_desk)
    with any_desk.begin() as connection:
        erase(connection, SCHOOL, WHO, at(3))
        take_alerts(connection, [(at(2), alert(f"late-of-{WHO}", pupil=WHO))])
        take_responses(connection, [response(Action.SEEN, 2, f"late-of-{WHO}", pupil=WHO)])
    assert naming(any_desk, WHO) == set()


def test_of_who_was_erased_no_byte_is_left_in_the_files(desk, tmp_path):
    fill(desk)
    with desk.begin() as connection:
        erase(connection, SCHOOL, WHO, at(3))
    assert leave_nothing_erased(desk)
    files = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert sum(map(len, files.values())) > 0
    for name, content in files.items():
        for word in (WHO, NAMES[WHO], INITIALS[WHO]):
            assert word.encode() not in content, name
    assert any(NAMES[OTHER].encode() in content for content in files.values())
