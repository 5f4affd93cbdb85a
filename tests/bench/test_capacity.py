"""The arithmetic of docs/capacity.md on round numbers, and the page as what its figures give."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import capacity_needs as rules
from tests.bench.capacity import bytes_text, markdown
from tests.bench.capacity_measured import PLAN, PUPILS, lines_of, record_bytes, split
from tests.bench.capacity_needs import Figures, Region, load, needs, workers

ROUND = Figures(
    told_seconds=0.009,
    checkpoint_seconds=0.001,
    close_pupil_seconds=0.0001,
    kafka_ratio=0.5,
    read_back_seconds=0.0001,
    process_bytes=2**27,
    book_bytes=2**10,
    pages_bytes=300,
    rewritten_bytes=700,
    line_bytes=400,
    record_bytes=100,
    alert_bytes=100,
    node_bytes=1_000,
    cases=0.01,
    case_bytes=10_000,
    messages=0.1,
    message_bytes=1_000,
)
A_THOUSAND = Region("a thousand pupils", 2, 1_000, on_kafka=True)
MILLIONS = Region("millions", 4_000, 2**20, on_kafka=True)
FIGURES = Path("docs/capacity.json")


def test_the_morning_and_the_close_are_slower_on_kafka_and_books_are_read_as_fast():
    found = load(A_THOUSAND, ROUND)
    assert found.registers_a_second == pytest.approx(1_000 / 25 / 600 * 3)
    assert found.peak_cores == pytest.approx(0.2 * 0.010 / 0.5)
    assert found.close_cpu_seconds == pytest.approx(1_000 * 0.0001 / 0.5)
    assert found.read_back_cpu_seconds == pytest.approx(0.1)
    assert load(replace(A_THOUSAND, on_kafka=False), ROUND).peak_cores == pytest.approx(0.002)


@pytest.mark.parametrize(
    ("peak", "close", "read_back", "expected"),
    [(0.1, 1, 1, 2), (2.1, 1, 1, 4), (0.1, 601, 1, 4), (0.1, 1, 181, 5)],
)
def test_the_greatest_of_the_three_asks_for_workers_and_one_may_be_away(
    peak, close, read_back, expected
):
    needed = rules.Load(1, peak, close, read_back)
    assert workers(needed, on_kafka=True) == expected
    assert workers(needed, on_kafka=False) == 1


def test_memory_is_that_of_the_workers_that_are_left():
    found = needs(MILLIONS, ROUND)
    left = found.workers - 1
    held = 2**27 + 2**30 / left
    assert found.worker_bytes >= held * rules.SPARE
    assert found.worker_bytes - held * rules.SPARE < 2**29
    assert found.worker_bytes % 2**29 == 0
    assert found.partitions == 8 * found.workers


def test_disks_are_those_of_what_is_kept():
    days = 400 / 365 * 189
    found = needs(A_THOUSAND, ROUND)
    kept = days * 100 + (300 + 700) + 2 * 189 * 100
    assert found.brokers_bytes == pytest.approx(1_000 * kept * 3 * 1.5)
    desk = 2 * 189 * 0.01 * 10_000 + 90 / 365 * 189 * 0.1 * 1_000
    assert found.desk_bytes == pytest.approx(1_000 * desk * 2 * 1.5)
    assert found.node_bytes == 0
    node = needs(replace(A_THOUSAND, on_kafka=False), ROUND)
    assert node.node_bytes == pytest.approx(1_000 * (days * 1_000 + 300) * 2 * 1.5)
    assert node.desk_bytes == pytest.approx(found.desk_bytes / 2)
    assert (node.brokers_bytes, node.partitions, node.network_brokers) == (0, 0, 0)


def test_the_network_carries_the_busiest_second():
    found = needs(A_THOUSAND, ROUND)
    pupil_days = 0.2 * 25 / 4
    assert found.network_in == pytest.approx(pupil_days * 400)
    assert found.network_brokers == pytest.approx(pupil_days * 100 * 5)


def test_ten_times_the_pupils_need_at_most_ten_times_of_anything():
    few, many = (needs(Region("", 1, pupils, on_kafka=True), ROUND) for pupils in (10**5, 10**6))
    for name in ("brokers_bytes", "desk_bytes", "network_in"):
        assert getattr(many, name) == pytest.approx(10 * getattr(few, name))
    assert few.workers < many.workers <= 10 * few.workers


@pytest.mark.parametrize(
    ("number", "text"),
    [(900, "900 bytes"), (1536, "1.5 KiB"), (2**30, "1.0 GiB"), (30 * 2**40, "30 TiB")],
)
def test_bytes_are_written_for_people(number, text):
    assert bytes_text(number) == text


def test_a_record_is_a_packed_line_and_its_head():
    line = b'{"marks":[' + b'{"pupil":"p81","status":"present"},' * 25 + b"]}"
    assert 60 < record_bytes(b"01AB", line) < len(line) / 2


def test_the_measured_days_are_the_newest_of_a_school():
    lines = lines_of(replace(PLAN, days=12))
    history, newest = split(lines, 2)
    assert history + newest == lines
    assert len({head.date for head, _ in newest if head.type == "close"}) == 2
    assert sum(line.count(b'"pupil"') for _, line in newest) > 2 * PUPILS * 3


def test_the_page_is_what_its_figures_give():
    read = json.loads(FIGURES.read_text())
    page = FIGURES.with_suffix(".md").read_text()
    assert page == markdown(Figures(**read["figures"]), read["machine"]), (
        "run: python -m tests.bench.capacity --again"
    )
