"""The list of metrics is complete, bounded, and registers nothing by being imported."""

from dataclasses import fields

from prometheus_client import REGISTRY, generate_latest

from config.metrics import CATALOGUE, Metrics, new_metrics


def test_every_metric_of_an_engine_is_in_the_catalogue():
    listed = [metric.attribute for metric in CATALOGUE]
    assert listed == [field.name for field in fields(Metrics) if field.name != "registry"]
    assert all(metric.unit and metric.why for metric in CATALOGUE)


def test_no_label_names_a_pupil_or_a_school():
    labels = {label for metric in CATALOGUE for label in metric.labels}
    assert labels == {"type", "reason", "kind", "state", "partition", "status", "part", "channel"}


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
