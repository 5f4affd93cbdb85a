"""A table of patterns is written and read back as it was, and says what its columns mean."""

import random
from dataclasses import fields
from pathlib import Path

import builders
import cutting
import numpy as np
import pytest
from pyarrow import csv, parquet
from typer.testing import CliRunner

from gemist.cli import app
from gemist.cli.refusal import WRONG_USAGE
from models.features import FEATURES
from models.pattern_table import (
    COLUMNS,
    PatternTable,
    UnreadableTableError,
    joined_tables,
    read_patterns,
)
from models.score_patterns import QUOTIENTS

DOCS = Path(__file__).parents[2] / "docs" / "patterns.md"


def some_table() -> PatternTable:
    return cutting.table_of(builders.random_log(random.Random(8), schools=2))


def as_rows(table: PatternTable) -> list[tuple[object, ...]]:
    """Rows as texts and numbers, whatever numbers stand for the texts."""
    named = [
        [names[each] for each in numbers.tolist()]
        for names, numbers in (
            (table.schools, table.school),
            (table.pupils, table.pupil),
            (table.groups, table.group),
            (table.mentors, table.mentor),
            (table.phases, table.phase),
        )
    ]
    numbers = [
        table.as_of,
        *table.columns.values(),
        table.tier_attendance,
        table.tier_unauthorised,
        table.score,
        table.label_absence,
        table.label_left,
    ]
    return list(
        zip(*named, *(np.nan_to_num(each, nan=-9).tolist() for each in numbers), strict=True)
    )


@pytest.mark.parametrize("name", ["patterns.parquet", "patterns.csv"])
def test_what_is_written_is_read_back(tmp_path: Path, name: str) -> None:
    table = some_table()
    table.write(tmp_path / name)
    again = read_patterns(tmp_path / name)
    assert as_rows(again) == as_rows(table)
    assert again.features().tobytes() == table.features().tobytes()
    for field in fields(PatternTable):
        kept, found = getattr(table, field.name), getattr(again, field.name)
        if isinstance(kept, np.ndarray):
            assert found.dtype == kept.dtype, field.name


def test_a_file_has_its_columns_in_order_and_whole_numbers_as_such(tmp_path: Path) -> None:
    some_table().write(tmp_path / "patterns.parquet")
    written = parquet.read_table(tmp_path / "patterns.parquet")
    assert tuple(written.column_names) == COLUMNS
    for name in FEATURES:
        assert str(written.schema.field(name).type) == ("double" if name in QUOTIENTS else "int32")
    some_table().write(tmp_path / "patterns.csv")
    assert tuple(csv.read_csv(tmp_path / "patterns.csv").column_names) == COLUMNS


def test_rows_are_chosen_by_mask_or_number() -> None:
    table = some_table()
    rows = as_rows(table)
    mask = np.arange(len(table)) % 3 == 0
    assert as_rows(table.rows(mask)) == rows[::3]
    assert as_rows(table.rows(np.array([4, 1]))) == [rows[4], rows[1]]


def test_tables_are_joined_by_name() -> None:
    first = some_table()
    second = cutting.table_of(builders.random_log(random.Random(9)))
    assert as_rows(joined_tables([first, second])) == as_rows(first) + as_rows(second)
    assert len(joined_tables([])) == 0


def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path) -> None:
    for name, content in (("a.parquet", b"not one"), ("b.csv", b"school,pupil\ns,p\n")):
        (tmp_path / name).write_bytes(content)
    for name in ("a.parquet", "b.csv", "none.parquet", "none.csv"):
        with pytest.raises(UnreadableTableError) as refused:
            read_patterns(tmp_path / name)
        assert str(refused.value).startswith(f"{tmp_path / name}: ")
        assert "\n" not in str(refused.value)


@pytest.mark.skipif(not DOCS.is_file(), reason="the docs are not in a wheel's folder")
def test_the_dictionary_in_docs_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(app, ["patterns", "--dictionary"])
    assert printed.exit_code == 0
    assert DOCS.read_text() == printed.stdout, (
        "run: gemist patterns --dictionary > docs/patterns.md"
    )
    told = [line.split("`")[1] for line in printed.stdout.splitlines() if line.startswith("| `")]
    assert tuple(told) == COLUMNS


def test_the_command_writes_what_the_library_gives(tmp_path: Path) -> None:
    lines = builders.random_log(random.Random(8), schools=2)
    log = tmp_path / "log.ndjson"
    log.write_bytes(b"\n".join(lines) + b"\n")
    out = tmp_path / "new" / "patterns.csv"
    done = CliRunner().invoke(app, ["patterns", str(log), "--pack", "nl", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert as_rows(read_patterns(out)) == as_rows(cutting.table_of(lines))
    rows = len(cutting.table_of(lines))
    assert f"{rows:,} rows of 2 schools" in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--out", "x.txt"], ".parquet or .csv"),
        (["--out", "x.csv", "--on", "yesterday"], "2026-11-24"),
        (["--out", "x.csv", "--on", "2026-01-05", "--every", "2"], "give one of them"),
        (["--out", "x.csv", "--pack", "be"], "no such pack"),
        (["--out", "x.csv", "--scorecard", "none.json"], "none.json"),
        (["--out", "x.csv"], "no such file"),
    ],
)
def test_wrong_usage_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["patterns", "log.ndjson", *words])
    assert done.exit_code == WRONG_USAGE
    assert done.stderr.startswith("gemist: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert not list(tmp_path.iterdir())
