"""The list of metrics is complete, bounded, and registers nothing by being imported."""

from dataclasses import fields
from itertools import product

from prometheus_client import REGISTRY, generate_latest

from alerts.alert import State
from alerts.rules import Kind
from config.metrics import CATALOGUE, Metrics, new_metrics
from streams.step import TOO_OLD


def test_every_metric_of_an_engine_is_in_the_catalogue():
    listed = [metric.attribute for metric in CATALOGUE]
    about = {"registry", "named"}
    assert listed == [field.name for field in fields(Metrics) if field.name not in about]
    assert all(metric.unit and metric.why for metric in CATALOGUE)


def test_no_label_names_a_pupil_and_few_metrics_a_school():
    labels = {label for metric in CATALOGUE for label in metric.labels}
    bounded = {"type", "reason", "kind", "state", "partition", "status", "part", "channel"}
    assert labels == bounded | {"school"}
    of_schools = [metric.name for metric in CATALOGUE if "school" in metric.labels]
    assert of_schools == [
        "gemist_school_events",
        "gemist_school_marks",
        "gemist_school_rejects",
        "gemist_feed_silence_seconds",
    ]


def test_named_schools_are_there_from_the_start_and_no_others():
    assert b"school=" not in generate_latest(new_metrics().registry)
    sample = new_metrics(["01AB"]).registry.get_sample_value
    assert sample("gemist_school_events_total", {"school": "01AB"}) == 0
    assert sample("gemist_school_marks_total", {"school": "01AB"}) == 0
    assert sample("gemist_school_rejects_total", {"school": "01AB", "reason": "clock"}) == 0


def test_what_an_alarm_compares_with_the_time_before_is_there_from_the_start():
    sample = new_metrics().registry.get_sample_value
    for kind, state in product(Kind, State):
        assert sample("gemist_alerts_total", {"kind": kind, "state": state}) == 0
    for reason in ("clock", "key", "partition", "json", TOO_OLD):
        assert sample("gemist_rejects_total", {"reason": reason}) == 0
    for part in ("following", "composing", "forgetting", "sending"):
        assert sample("gemist_desk_failures_total", {"part": part}) == 0
    for status in ("503", "507"):
        assert sample("gemist_door_requests_total", {"status": status}) == 0
    assert sample("process_start_time_seconds") > 0


def test_two_engines_count_apart_and_nothing_is_registered_globally():
    one, other = new_metrics(), new_metrics()
    one.alerts.labels("unauthorised", "open").inc(3)
    counted = b'gemist_alerts_total{kind="unauthorised",state="open"} 3.0'
    assert counted in generate_latest(one.registry)
    assert counted not in generate_latest(other.registry)
    assert b"gemist_" not in generate_latest(REGISTRY)


def test_what_prometheus_reads_has_the_catalogues_names_and_reasons():
    text = generate_latest(new_metrics().registry).decode()
    for metric in CATALOGUE:
        assert f"# HELP {metric.name}" in text
        assert metric.why.replace("\\", "") in text
