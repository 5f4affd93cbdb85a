"""What the desk gives about one pupil: all of it, nothing about another, and who asked for it."""

import getpass
import json

import pytest
from desk_folder import NAMES, OTHER, SCHOOL, WHO, desk_of, make_folder
from served import gemist

from alerts.desk.audit import looks
from alerts.desk.casebook.erasing import erase

ENROLMENT = (
    b'{"type":"enrolment","id":"e1","school":"01AB","recorded_at":"2026-11-01T08:00:00Z",'
    b'"pupil":"pupil-81","from":"2026-08-24"}'
)


@pytest.fixture
def folder(tmp_path):
    make_folder(tmp_path / "node", ENROLMENT)
    return tmp_path / "node"


def export(folder, pupil: str, *words: object, school: str = SCHOOL):
    return gemist("export", "pupil", "--data", folder, "--school", school, "--pupil", pupil, *words)


def lines(done) -> list[dict]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_pupils_export_has_all_that_the_desk_holds(folder):
    found = lines(export(folder, WHO))
    stores = [each["store"] for each in found]
    assert stores == [
        "event", "page", "directory", "case", "response", *["message"] * 4, "look",
    ]  # fmt: skip
    by_store = {each["store"]: each for each in found}
    assert by_store["directory"] == {
        "store": "directory", "pupil": WHO, "name": NAMES[WHO], "group": "2a",
    }  # fmt: skip
    case = by_store["case"]
    assert (case["kind"], case["state"], case["mentor"]) == ("attendance", "in_hand", "m17")
    assert [each["message"]["pupil"] for each in case["messages"]] == [WHO]
    assert [each["action"] for each in case["responses"]] == ["spoken"]
    assert by_store["response"]["alert"] == f"early-of-{WHO}"
    assert (by_store["look"]["person"], by_store["look"]["what"]) == ("m17", "answer page")


def test_the_text_of_a_message_is_given_where_it_named_nobody_else(folder):
    messages = [each for each in lines(export(folder, WHO)) if each["store"] == "message"]
    assert [(each["state"], each["text"] is None) for each in messages] == [
        ("sent", False), ("waiting", False), ("sent", True), ("waiting", True),
    ]  # fmt: skip
    assert {(each["person"], each["role"], each["subject"]) for each in messages} == {
        ("m17", "mentor", "Digest")
    }
    assert [len(each["said"]) for each in messages] == [1, 1, 1, 1]
    assert messages[0]["sent_at"] == "2026-11-24T20:00:00Z"


def test_an_export_names_nobody_else(folder):
    done = export(folder, WHO)
    assert WHO in done.stdout
    for word in (OTHER, NAMES[OTHER]):
        assert word not in done.stdout


def test_who_asked_for_an_export_is_written_down(folder):
    lines(export(folder, WHO, "--by", "fg-1"))
    lines(export(folder, WHO))
    desk = desk_of(folder)
    with desk.begin() as connection:
        found = [(each.person, each.what) for each in looks(connection, SCHOOL, WHO)]
        others = [each.what for each in looks(connection, SCHOOL, OTHER)]
    desk.dispose()
    assert found == [("m17", "answer page"), ("fg-1", "export"), (getpass.getuser(), "export")]
    assert others == ["answer page"]


def test_nobody_is_written_down_where_there_was_nothing_to_see(folder):
    for school, said in ((SCHOOL, "is held about such a pupil of"), ("02CD", "ever came from a")):
        done = export(folder, "pupil-99", school=school)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "pupil-99" not in done.stderr
    desk = desk_of(folder)
    with desk.begin() as connection:
        assert [each.what for each in looks(connection, SCHOOL)] == ["answer page"] * 2
    desk.dispose()


def test_after_an_erasure_only_the_log_has_something_to_give(folder):
    desk = desk_of(folder)
    with desk.begin() as connection:
        erase(connection, SCHOOL, WHO, 2_000_000_000)
    desk.dispose()
    assert [each["store"] for each in lines(export(folder, WHO))] == ["event", "page"]


def test_who_looks_is_an_id_and_no_text_of_any_kind(folder):
    done = export(folder, WHO, "--by", "Eva Smit\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
