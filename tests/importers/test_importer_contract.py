"""What every importer promises, whatever it reads."""

import gzip
import json
import re

import pytest
from edfi_xml_builder import calendar_date, day_event, interchange, lesson_event, term
from valid_events import marks, read

EDFI_ENTITIES = [
    day_event("p1", "2022-03-07"),
    day_event("p2", "2022-03-07", "Excused Absence", reason="ill"),
    day_event("p1", "2022-03-08", "Tardy", minutes=5),
    day_event("p1", "2022-03-08", "Unexcused Absence"),
    day_event("p1", "2022-03-08", "Unexcused Absence"),
    lesson_event("p2", "2022-03-08", section="s1"),
    lesson_event("p2", "2022-03-08", section="s2"),
    day_event("q1", "2022-03-09", school="256"),
    term("2022-01-04", "2022-05-27"),
    calendar_date("2022-03-14", "Holiday"),
    day_event("Bell, Pietje"),
    day_event("p1", "07-03-2022"),
    day_event("p1", None),
    day_event("p1", category="Abducted"),
    day_event("p1", category=None),
    day_event("p1", school="De Brug"),
    day_event("p1", "2022-03-13"),
    day_event("p1", "2022-03-14"),
    day_event("p1", days="much"),
    day_event("p1", minutes="-5"),
    term("2022-05-27", "2022-01-04"),
]
EDFI_BAD = 11

CSV_HEADER = "school,pupil,date,session,status,reason,minutes_missed,group,by,recorded_at,name"
CSV_ROWS = [
    "A1,p1,2022-03-07,1,absent,illness,,4H2,t9,,Pietje Bell",
    "A1,p2,2022-03-07,1,present,,,4H2,t9,,Pietje Bell",
    'A1,p1,2022-03-07,2,late,,"12,5",4H2,t9,2022-03-07T10:00:00+01:00,Pietje Bell',
    "A1,p1,2022-03-07,2,absent,,,4H2,t9,2022-03-07 10:00:00,Pietje Bell",
    "A1,p1,2022-03-07,2,absent,,,4H2,t9,2022-03-07 10:00:00,Pietje Bell",
    "A2,p1,2022-03-08,3,withdrawn,,,,,,Pietje Bell",
    'A2,p1,2022-03-08,4,left_early,medical,30,,,,"Bell,\nPietje"',
    'A1,"Bell, Pietje",2022-03-07,1,absent,,,,,,Pietje Bell',
    "A1,,2022-03-07,1,absent,,,,,,Pietje Bell",
    "A1,p1,07-03-2022,1,absent,,,,,,Pietje Bell",
    "A1,p1,0022-03-07,1,absent,,,,,,Pietje Bell",
    "A1,p1,2022-03-07,13,absent,,,,,,Pietje Bell",
    "A1,p1,2022-03-07,one,absent,,,,,,Pietje Bell",
    "A1,p1,2022-03-07,1,Z,,,,,,Pietje Bell",
    "A1,p1,2022-03-07,1,absent,griep,,,,,Pietje Bell",
    "A1,p1,2022-03-07,1,absent,,601,,,,Pietje Bell",
    "A1,p1,2022-03-07,1,absent,,,,Juf Bell,,Pietje Bell",
    "A1,p1,2022-03-07,1,absent,,,,,yesterday,Pietje Bell",
    "A1,p1,2022-03-31,1,absent,leave,,,,2022-03-07T10:00:00Z,Pietje Bell",
    "De Brug,p1,2022-03-07,1,absent,,,,,,Pietje Bell",
    "A1,p1,2022-03-07,1,absent",
]
CSV_BAD = 14


class EdFi:
    """The Ed-Fi importer, and a file with as many kinds of trouble as there are."""

    kind = "edfi"
    arguments = ("--timezone", "America/Chicago")
    rows = EDFI_ENTITIES
    bad = EDFI_BAD
    wrong_usage = (
        ("--timezone", "Mars/Olympus"),
        ("--category", "ISS"),
        ("--category", "ISS=away"),
        ("--closed", "soon"),
        ("--open", "2022-03-09..2022-03-08"),
    )
    broken = ("<Interchange", "<Interchange><a></b></Interchange>", "<html/>", "p,q\n1,2\n")

    @staticmethod
    def text(rows):
        return interchange(*rows)


class Csv:
    """The CSV importer, likewise."""

    kind = "csv"
    arguments = ()
    rows = CSV_ROWS
    bad = CSV_BAD
    wrong_usage = (
        ("--timezone", "Mars/Olympus"),
        ("--code", "Z"),
        ("--code", "Z=away"),
        ("--reason", "griep=flu"),
        ("--column", "leerling=pupil"),
        ("--column", "pupil=Leerling"),
        ("--reporting", "some"),
        ("--reporting", "exceptions"),
        ("--sessions-per-day", "13"),
        ("--delimiter", ";;"),
        ("--encoding", "klingon"),
        ("--encoding", "utf-16"),
        ("--date-format", "soon"),
        ("--closed", "soon"),
        ("--mapping", "/does/not/exist.toml"),
        ("--school", "De Brug"),
    )
    broken = (
        "pupil,date\np1,2022-03-07\n",
        "pupil,date,status\np1,2022-03-07,absent\n",
        'school,pupil,date,status\nA1,p1,2022-03-07,"absent\nA1,p2,2022-03-07,absent\n',
        b"school,pupil,date,status\nA1,p1,2022-03-07,\xeb\n",
    )

    @staticmethod
    def text(rows):
        return "\n".join((CSV_HEADER, *rows, ""))


@pytest.fixture(params=[EdFi, Csv], ids=lambda importer: importer.kind)
def importer(request):
    return request.param


@pytest.fixture
def source(importer, tmp_path):
    path = tmp_path / f"source.{importer.kind}"
    path.write_text(importer.text(importer.rows))
    return path


@pytest.fixture
def imported(run, importer, source):
    done = run(importer.kind, source, *importer.arguments)
    assert done.exit_code == 0, done.stderr
    return done


def counts(stdout):
    """Kind: (read, imported, not imported), as the summary says."""
    found = re.findall(
        r"^(\w+): ([\d,]+) read = ([\d,]+) imported \+ ([\d,]+) not", stdout, re.MULTILINE
    )
    return {kind: tuple(int(n.replace(",", "")) for n in numbers) for kind, *numbers in found}


def listed(done):
    return [json.loads(line) for line in done.rejects.read_bytes().splitlines()]


def test_what_was_read_is_imported_or_listed(importer, imported):
    told = counts(imported.stdout)
    assert sum(read_ for read_, _, _ in told.values()) == len(importer.rows)
    assert all(read_ == taken + refused for read_, taken, refused in told.values())
    assert len(listed(imported)) == sum(refused for *_, refused in told.values()) == importer.bad


def test_each_row_that_is_imported_is_one_mark_of_the_log(imported):
    told = counts(imported.stdout)
    attendance = [kind for kind in told if kind == "row" or kind.endswith("AttendanceEvent")]
    assert len(marks(read(imported.out))) == sum(told[kind][1] for kind in attendance)


def test_every_line_is_a_valid_event(imported):
    assert {event["type"] for event in read(imported.out)} >= {"school", "register"}


def test_a_log_is_in_the_order_of_recording_and_begins_with_the_school(imported):
    events = read(imported.out)
    times = [event["recorded_at"] for event in events]
    assert times == sorted(times)
    for school in {event["school"] for event in events}:
        assert next(e["type"] for e in events if e["school"] == school) == "school"


def test_an_id_names_one_event_of_its_school(imported):
    events = read(imported.out)
    assert len({(event["school"], event["id"]) for event in events}) == len(events)


def test_the_same_file_gives_the_same_bytes(run, importer, source, imported):
    again = run(importer.kind, source, *importer.arguments)
    assert again.out.read_bytes() == imported.out.read_bytes()
    assert again.rejects.read_bytes() == imported.rejects.read_bytes()


def test_the_order_of_rows_changes_nothing(run, importer, imported, tmp_path):
    backwards = tmp_path / "backwards"
    backwards.write_text(importer.text(importer.rows[::-1]))
    done = run(importer.kind, backwards, *importer.arguments)
    assert done.out.read_bytes() == imported.out.read_bytes()


def test_what_cannot_be_imported_is_listed_with_its_line(importer, source, imported):
    lines = source.read_text().splitlines()
    bad = importer.rows[-importer.bad :]
    if importer is EdFi:
        expected = [lines.index(row) + 1 for row in bad]
    else:
        expected = list(range(len(lines) - importer.bad + 1, len(lines) + 1))
    entries = listed(imported)
    assert [entry["line"] for entry in entries] == expected
    for entry in entries:
        assert set(entry) == {"file", "line", "reason", "field", "value"}
        assert entry["file"] == str(source)
        assert entry["reason"]
        assert entry["field"]


def test_no_name_enters_the_stream_or_the_list(imported):
    for written in (imported.out, imported.rejects):
        assert b"Bell" not in written.read_bytes()
        assert b"Pietje" not in written.read_bytes()


def test_the_summary_says_where_the_list_is(imported):
    assert str(imported.rejects) in imported.stdout


def test_packed_files_are_read_as_such(run, importer, source, imported, tmp_path):
    packed = tmp_path / "source.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    assert (
        run(importer.kind, packed, *importer.arguments).out.read_bytes()
        == imported.out.read_bytes()
    )


def test_a_log_can_go_to_standard_output(run, importer, source, imported, tmp_path):
    list_path = tmp_path / "list.ndjson"
    done = run(importer.kind, source, *importer.arguments, out=type(source)("-"), rejects=list_path)
    assert done.stdout == imported.out.read_text()
    assert "not imported" in done.stderr
    assert list_path.read_bytes() == imported.rejects.read_bytes()


def test_an_empty_file_is_no_events_and_no_error(run, importer, tmp_path):
    empty = tmp_path / "empty"
    empty.touch()
    done = run(importer.kind, empty, *importer.arguments)
    assert done.exit_code == 0
    assert done.out.read_bytes() == done.rejects.read_bytes() == b""
    assert "0 read" in done.stdout


def refused_in_one_line(done):
    assert done.exit_code == 2
    assert re.fullmatch(r"gemist: [^\n]+\n", done.stderr), done.stderr
    assert done.stdout == ""


def nothing_new(folder, before):
    assert sorted(path.name for path in folder.iterdir()) == before


def test_wrong_usage_is_one_line_and_leaves_nothing(run, importer, source, tmp_path):
    before = sorted(path.name for path in tmp_path.iterdir())
    for wrong in importer.wrong_usage:
        refused_in_one_line(run(importer.kind, source, *wrong))
        nothing_new(tmp_path, before)


def test_a_file_that_cannot_be_read_is_one_line_with_its_name(run, importer, source, tmp_path):
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(source.read_bytes())[:-20])
    not_gzip = tmp_path / "plain.gz"
    not_gzip.write_text("plain")
    before = sorted(path.name for path in tmp_path.iterdir())
    for path in (tmp_path / "missing", tmp_path, cut, not_gzip):
        done = run(importer.kind, source, path, *importer.arguments)
        refused_in_one_line(done)
        assert str(path) in done.stderr
        nothing_new(tmp_path, before)


def test_a_broken_file_is_one_line_with_its_name(run, importer, tmp_path):
    for content in importer.broken:
        path = tmp_path / "broken"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        done = run(importer.kind, path)
        refused_in_one_line(done)
        assert str(path) in done.stderr
        nothing_new(tmp_path, ["broken"])


def test_an_output_that_would_do_harm_is_refused(run, importer, source, tmp_path):
    before = source.read_bytes()
    for out in (source, tmp_path, tmp_path / "no" / "folder.ndjson"):
        refused_in_one_line(run(importer.kind, source, out=out, rejects=tmp_path / "list"))
    refused_in_one_line(run(importer.kind, source, out=tmp_path / "x", rejects=tmp_path / "x"))
    assert source.read_bytes() == before
    nothing_new(tmp_path, [source.name])


def test_a_failed_import_leaves_the_log_before_it_alone(run, importer, imported, tmp_path):
    before = imported.out.read_bytes()
    failed = run(importer.kind, tmp_path / "missing", out=imported.out)
    refused_in_one_line(failed)
    assert imported.out.read_bytes() == before
