"""The files for Prometheus are right, and each alarm is shown to be raised and not to be."""

import re
import subprocess

import pytest
import yaml
from hurry import DURATION, hurried, hurried_text, milliseconds
from prometheus_program import program
from prometheus_server import DEPLOYED, FACTOR, deployed

from config.metrics import CATALOGUE

pytestmark = pytest.mark.slow

TEST_FILES = ("rules_test.yml", "rules_days_test.yml")
RULES = [rule for group in deployed("rules.yml")["groups"] for rule in group["rules"]]
ALARMS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
ROOT = DEPLOYED.parents[1]


def promtool(*arguments, folder=DEPLOYED):
    return subprocess.run(
        [program("promtool"), *arguments],
        cwd=folder,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "rules.yml"),
        ("check", "config", "prometheus.yml"),
        ("check", "config", "prometheus-node.yml"),
        *(("test", "rules", name) for name in TEST_FILES),
    ],
    ids=" ".join,
)
def test_promtool_finds_nothing_wrong(arguments):
    done = promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", TEST_FILES)
def test_hurried_rules_do_in_hurried_time_what_the_rules_do(tmp_path, name):
    for each in ("rules.yml", name):
        (tmp_path / each).write_text(yaml.safe_dump(hurried(deployed(each), FACTOR)))
    done = promtool("test", "rules", name, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert", rule.get("record")))
def test_hurried_rules_differ_in_their_durations_alone(rule):
    quick = hurried(rule, FACTOR)
    for key in ("expr", "for"):
        before, after = str(rule.get(key, "")), str(quick.get(key, ""))
        assert DURATION.split(before) == DURATION.split(after)
        lengths = [[milliseconds(each) for each in DURATION.findall(t)] for t in (before, after)]
        assert lengths[0] == [FACTOR * length for length in lengths[1]]
    assert {**quick, "expr": "", "for": ""} == {**rule, "expr": "", "for": ""}


def test_a_duration_is_none_that_stands_within_a_name_or_does_not_come_out_even():
    assert hurried_text("x:increase1d > rate(y[1h30m] offset 2d) + 15", 30) == (
        "x:increase1d > rate(y[180000ms] offset 5760000ms) + 15"
    )
    assert hurried_text("min_over_time(x[3d:30m])", 30) == "min_over_time(x[8640000ms:60000ms])"
    with pytest.raises(AssertionError, match="no whole number"):
        hurried_text("rate(x[1s])", 3000)


@pytest.mark.parametrize("alarm", ALARMS)
def test_each_alarm_is_raised_and_quiet_in_a_test_and_has_a_page(alarm):
    said = [
        {sample["labels"] for sample in asked["exp_samples"]}
        for name in TEST_FILES
        for test in deployed(name)["tests"]
        for asked in test["promql_expr_test"]
        if test["name"] == alarm
    ]
    of_it = f'{{alertname="{alarm}"}}'
    assert any(of_it in each for each in said), "it is never raised"
    assert any(of_it not in each for each in said), "it is never quiet"
    rule = ALARMS[alarm]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"].keys() == {"summary", "description", "runbook"}
    assert rule["annotations"]["runbook"] == f"deploy/runbook/{alarm}.md"
    assert (ROOT / rule["annotations"]["runbook"]).is_file()


def test_rules_ask_for_metrics_that_there_are():
    names = {metric.name + ("_total" if metric.kind.__name__ == "Counter" else "") for metric in
             CATALOGUE}  # fmt: skip
    asked = {name for rule in RULES for name in re.findall(r"\bgemist_\w+", rule["expr"])}
    assert {name.removesuffix("_bucket") for name in asked} - {"gemist_alerts_opened"} <= names


def test_nothing_is_read_over_the_network():
    for name in ("prometheus.yml", "prometheus-node.yml"):
        targets = re.findall(r"targets: \[(.*)\]", (DEPLOYED / name).read_text())
        assert targets
        assert all(re.fullmatch(r'"127\.0\.0\.1:\d+"', target) for target in targets)
