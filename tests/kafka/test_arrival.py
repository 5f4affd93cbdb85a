"""What is refused at Kafka's door, before anybody looks at what an event says."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2

from models.events.columns import Columns
from models.events.decode import Decoder
from streams.arrival import are_surely_let_in, partition_of, refusal
from streams.head import CLOCK_SECONDS

ARRIVED_MS = 1_772_359_200_000  # 2026-03-01T10:00:00Z


def event(**fields):
    said = {"type": "close", "id": "k", "school": "s1", "recorded_at": "2026-03-01T10:00:00Z"}
    return json.dumps(said | fields).encode()


def refused(value, key=b"s1", partition=1, arrived_ms=ARRIVED_MS):
    return refusal(key, value, partition, 8, arrived_ms)


def test_a_record_keyed_by_its_school_in_its_partition_passes():
    assert partition_of(b"s1", 8) == 5
    assert refused(event(), partition=5) is None


@pytest.mark.parametrize("key", [None, b"", b"s2", b"S1", b"s1 "])
def test_another_key_than_the_school_is_refused(key):
    assert refused(event(), key, 5) == "key"


def test_another_partition_than_the_schools_is_refused():
    assert {partition: refused(event(), partition=partition) for partition in range(8)} == {
        partition: None if partition == 5 else "partition" for partition in range(8)
    }


@pytest.mark.parametrize(
    ("recorded_at", "reason"),
    [
        ("2026-03-01T10:10:00Z", None),
        ("2026-03-01T10:10:00.999Z", None),  # a fraction is dropped
        ("2026-03-01T10:10:01Z", "clock"),
        ("2026-03-01t15:55:01+05:45", "clock"),
        ("2026-03-01T15:55:00+05:45", None),
        ("1999-01-01T00:00:00z", None),
        ("9999-12-31T23:59:59-23:59", "clock"),
    ],
)
def test_a_clock_more_than_ten_minutes_ahead_of_the_arrival_is_refused(recorded_at, reason):
    assert CLOCK_SECONDS == 600
    assert refused(event(recorded_at=recorded_at), partition=5) == reason


def test_a_record_without_a_value_is_no_json():
    assert refused(None) == "json"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" \n",
        b"{",
        b"[]",
        b"\xff",
        b'{"school":"s1"}',
        event(school=1),
        event(recorded_at="2026-03-01T10:00:00"),
        event(recorded_at="2026-02-30T10:00:00Z"),
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_cannot_be_read_is_left_to_whoever_decodes_it(value):
    assert refused(value, b"another", 0) is None


@given(key=st.binary(min_size=1, max_size=64), partitions=st.integers(1, 1000))
def test_a_partition_is_chosen_as_kafkas_own_clients_do(key, partitions):
    assert partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


register = event(
    type="register", date="2026-03-01", session=1, marks=[{"pupil": "p", "status": "late"}]
)
ONE_RECORD = st.tuples(
    st.sampled_from([register] * 3 + [event()] * 2 + [event(recorded_at="2026-03-01T10:10:01Z")])
    | st.sampled_from([register.replace(b"T10:00:", b"T10:10:"), register.replace(b"s1", b"s2")])
    | st.sampled_from([b"", b"{", event(type="close", date="2026-03-01")]),
    st.sampled_from([b"s1"] * 5 + [b"s2", None]),
    st.sampled_from([ARRIVED_MS] * 5 + [ARRIVED_MS - 1_000_000, ARRIVED_MS + 1000]),
)


@given(records=st.lists(ONE_RECORD, min_size=1, max_size=5), partition=st.sampled_from([5, 5, 0]))
def test_records_are_let_in_together_where_each_is_let_in(records, partition):
    lines, keys, arrived_ms = zip(*records, strict=True)
    decoder, columns = Decoder(), Columns()
    decoder.read_lines(lines, range(len(lines)), columns)
    are = are_surely_let_in(columns, decoder.names.texts, keys, np.array(arrived_ms), partition, 8)
    reasons = {refusal(key, line, partition, 8, at) for line, key, at in records}
    was_all_decoded = not columns.rejects and columns.events() == len(lines)
    assert are == (reasons == {None} and was_all_decoded)
