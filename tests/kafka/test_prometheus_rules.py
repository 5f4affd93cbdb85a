"""The files for Prometheus are right, and each alarm is shown to be raised and not to be."""

import re
import subprocess

import pytest
from prometheus_server import DEPLOYED, hurried, program

from config.metrics import CATALOGUE

pytestmark = pytest.mark.slow

RULES = (DEPLOYED / "rules.yml").read_text()
TESTS = [(DEPLOYED / name).read_text() for name in ("rules_test.yml", "rules_days_test.yml")]
ALARMS = re.findall(r"- alert: (\w+)", RULES)


def promtool(*arguments):
    return subprocess.run(
        [program("promtool"), *arguments],
        cwd=DEPLOYED,
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
        ("test", "rules", "rules_test.yml"),
        ("test", "rules", "rules_days_test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_finds_nothing_wrong(arguments):
    done = promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hurried_rules_are_rules_still(tmp_path):
    (tmp_path / "rules.yml").write_text(hurried(RULES))
    done = promtool("check", "rules", str(tmp_path / "rules.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alarm", ALARMS)
def test_each_alarm_is_tested_and_says_what_to_do(alarm):
    tests = [test for file in TESTS for test in file.split("\n  # ")]
    of_it = [test for test in tests if f'alertname="{alarm}"' in test]
    assert of_it, "it is never raised"
    assert any("exp_samples: []" in test for test in of_it), "it is never quiet"
    (rule,) = (rule for rule in RULES.split("\n      - ") if rule.startswith(f"alert: {alarm}\n"))
    assert re.search(r"severity: (critical|warning)\n", rule)
    assert "summary: " in rule
    assert "description: " in rule


def test_rules_ask_for_metrics_that_there_are():
    names = {metric.name + ("_total" if metric.kind.__name__ == "Counter" else "") for metric in
             CATALOGUE}  # fmt: skip
    asked = set(re.findall(r"\bgemist_\w+", RULES)) - {"gemist_alerts_opened"}
    assert {name.removesuffix("_bucket") for name in asked} <= names


def test_nothing_is_read_over_the_network():
    for name in ("prometheus.yml", "prometheus-node.yml"):
        targets = re.findall(r"targets: \[(.*)\]", (DEPLOYED / name).read_text())
        assert targets
        assert all(re.fullmatch(r'"127\.0\.0\.1:\d+"', target) for target in targets)
