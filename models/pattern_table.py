"""Patterns as a table: a row a pupil enrolled on a cut day, with what came of it.

For training and for people who want their own notebook. Written as parquet or csv; a null is an
empty field there, NaN or `NULL_LABEL` here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from models.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray
from models.events.instants import EPOCH
from models.features import FEATURES
from models.score_patterns import QUOTIENTS

NULL_LABEL: Final = -1
"""The future is not in the log."""
_NAMED: Final = ("school", "pupil", "group", "mentor", "phase")
_TIERS: Final = ("tier_attendance", "tier_unauthorised")
_LABELS: Final = ("label_absence", "label_left")
COLUMNS: Final = (
    "school",
    "pupil",
    "as_of",
    "group",
    "mentor",
    "phase",
    *FEATURES,
    *_TIERS,
    "score",
    *_LABELS,
)
"""The columns of a file, in order."""


class UnreadableTableError(Exception):
    """A file that is no table of patterns: one line that says which, and why."""


@dataclass(slots=True)
class PatternTable:
    """One row a pupil enrolled on a cut day; arrays have an element a row."""

    schools: list[str]
    pupils: list[str]
    groups: list[str | None]
    mentors: list[str | None]
    phases: list[str | None]
    school: IntArray
    """Index into `schools`; the next four likewise."""
    pupil: IntArray
    group: IntArray
    mentor: IntArray
    phase: IntArray
    as_of: IntArray
    """Ordinals of the cut days."""
    columns: dict[str, AnyArray]
    """Pattern → float64, NaN for null; in the order of `models.features.FEATURES`."""
    tier_attendance: ByteArray
    tier_unauthorised: ByteArray
    score: FloatArray
    """NaN where there is none."""
    label_absence: AnyArray
    """int8: `NULL_LABEL`, 0 or 1."""
    label_left: AnyArray
    """int8: `NULL_LABEL`, 0 or 1."""

    def __len__(self) -> int:
        return len(self.as_of)

    def features(self) -> FloatArray:
        """All patterns, ``[rows, features]``, in the order of `models.features.FEATURES`."""
        features = np.empty((len(self), len(FEATURES)), order="F")
        for place, name in enumerate(FEATURES):
            features[:, place] = self.columns[name]
        return features

    def rows(self, which: BoolArray | IntArray) -> "PatternTable":
        """Some of the rows, by a mask or by their numbers."""
        return PatternTable(
            self.schools,
            self.pupils,
            self.groups,
            self.mentors,
            self.phases,
            self.school[which],
            self.pupil[which],
            self.group[which],
            self.mentor[which],
            self.phase[which],
            self.as_of[which],
            {name: column[which] for name, column in self.columns.items()},
            self.tier_attendance[which],
            self.tier_unauthorised[which],
            self.score[which],
            self.label_absence[which],
            self.label_left[which],
        )

    def write(self, file: Path) -> None:
        """Write a ``.parquet`` or ``.csv`` file."""
        table = _to_arrow(self)
        if file.suffix == ".csv":
            options = csv.WriteOptions(quoting_style="none", quoting_header="none")
            csv.write_csv(table, file, options)
        else:
            parquet.write_table(table, file, compression="zstd")


def read_patterns(file: Path) -> PatternTable:
    """Read what `PatternTable.write` wrote.

    Raises
    ------
    UnreadableTableError
        The file is not there, is no such table, or lacks a column.
    """
    try:
        if file.suffix == ".csv":
            types = {**dict.fromkeys(_NAMED, pa.string()), "as_of": pa.date32()}
            options = csv.ConvertOptions(
                column_types=types | {name: pa.float64() for name in FEATURES},
                strings_can_be_null=True,
                null_values=[""],
            )
            table = csv.read_csv(file, convert_options=options)
        else:
            table = parquet.read_table(file)
    except (OSError, pa.ArrowException) as error:
        first_line = str(error).partition("\n")[0]
        raise UnreadableTableError(f"{file}: cannot be read: {first_line}") from error
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise UnreadableTableError(f"{file}: has no column {missing[0]}; make it anew")
    return _from_arrow(table)


def joined_tables(tables: Sequence[PatternTable]) -> PatternTable:
    """Tables one after the other; what they name is numbered anew."""
    tables = [_no_rows(), *tables]
    fields: dict[str, Any] = {}
    for name in _NAMED:
        parts = [(getattr(each, f"{name}s"), getattr(each, name)) for each in tables]
        fields[f"{name}s"], fields[name] = _joined_names(parts)
    for name in ("as_of", *_TIERS, "score", *_LABELS):
        fields[name] = np.concatenate([getattr(each, name) for each in tables])
    fields["columns"] = {
        name: np.concatenate([each.columns[name] for each in tables]) for name in FEATURES
    }
    return PatternTable(**fields)


def _no_rows() -> PatternTable:
    fields: dict[str, Any] = {f"{name}s": [] for name in _NAMED}
    fields |= {name: np.zeros(0, np.int32) for name in (*_NAMED, "as_of")}
    fields |= {name: np.zeros(0, np.uint8) for name in _TIERS}
    fields |= {name: np.zeros(0, np.int8) for name in _LABELS}
    none = np.zeros(0)
    return PatternTable(**fields, columns=dict.fromkeys(FEATURES, none), score=none)


def _joined_names(parts: Iterable[tuple[list[Any], IntArray]]) -> tuple[list[Any], IntArray]:
    numbers: dict[Any, int] = {}
    columns = []
    for names, column in parts:
        anew = [numbers.setdefault(name, len(numbers)) for name in names]
        columns.append(np.array(anew, np.int32)[column])
    return list(numbers), np.concatenate(columns)


# ---- arrow


def _to_arrow(table: PatternTable) -> Any:
    columns: dict[str, Any] = {}
    for name in _NAMED:
        names = pa.array(getattr(table, f"{name}s"), pa.string())
        columns[name] = names.take(pa.array(getattr(table, name)))
    columns["as_of"] = pa.array((table.as_of - EPOCH).astype(np.int32)).cast(pa.date32())
    for name in FEATURES:
        column = pa.array(table.columns[name], from_pandas=True)
        columns[name] = column if name in QUOTIENTS else column.cast(pa.int32())
    columns["score"] = pa.array(table.score, from_pandas=True)
    for name in _TIERS:
        columns[name] = pa.array(getattr(table, name))
    for name in _LABELS:
        label = getattr(table, name)
        columns[name] = pa.array(label, mask=label == NULL_LABEL)
    return pa.table({name: columns[name] for name in COLUMNS})


def _from_arrow(table: Any) -> PatternTable:
    fields: dict[str, Any] = {}
    for name in _NAMED:
        fields[f"{name}s"], fields[name] = _numbered(table.column(name))
    as_of = table.column("as_of").cast(pa.int32()).to_numpy().astype(np.int32)
    fields["as_of"] = as_of + np.int32(EPOCH)
    fields["columns"] = {name: _floats(table.column(name)) for name in FEATURES}
    for name in _TIERS:
        fields[name] = table.column(name).cast(pa.uint8()).to_numpy()
    fields["score"] = _floats(table.column("score"))
    for name in _LABELS:
        fields[name] = table.column(name).cast(pa.int8()).fill_null(NULL_LABEL).to_numpy()
    return PatternTable(**fields)


def _floats(column: Any) -> AnyArray:
    floats: AnyArray = column.cast(pa.float64()).to_numpy()
    return floats


def _numbered(column: Any) -> tuple[list[Any], IntArray]:
    coded = column.cast(pa.string()).combine_chunks().dictionary_encode(null_encoding="encode")
    return coded.dictionary.to_pylist(), coded.indices.to_numpy()
