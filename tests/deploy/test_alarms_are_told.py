"""docs/metrics.md says how somebody is told of an alarm: its two files are right."""

import os
import re
import shutil
import subprocess

import pytest
import yaml
from deployed import DEPLOY, ROOT, needed

PAGE = ROOT / "docs" / "metrics.md"

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="no docs here")


@pytest.fixture(scope="module")
def examples():
    """What is added to Prometheus' file, and Alertmanager's own file."""
    added, own = re.findall(r"(?ms)^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"))
    return added, own


def severities():
    groups = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())["groups"]
    return {
        rule["labels"]["severity"] for group in groups for rule in group["rules"] if "alert" in rule
    }


@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus-node.yml"])
def test_prometheus_takes_its_part_in_each_file(examples, name, tmp_path):
    promtool = needed("promtool", "apt-get install prometheus")
    shutil.copy(DEPLOY / "prometheus" / "rules.yml", tmp_path)
    file = tmp_path / name
    file.write_text((DEPLOY / "prometheus" / name).read_text() + examples[0])
    assert yaml.safe_load(file.read_text())["alerting"]["alertmanagers"]
    checked = subprocess.run(
        [promtool, "check", "config", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_each_severity_goes_to_somebody_and_what_is_critical_not_to_a_mailbox_alone(examples):
    own = yaml.safe_load(examples[1])
    receivers = {each["name"]: each.keys() - {"name"} for each in own["receivers"]}
    route = own["route"]
    by_severity = dict.fromkeys(severities(), route["receiver"])
    for one in route["routes"]:
        (matcher,) = one["matchers"]
        by_severity[matcher.removeprefix("severity=").strip('"')] = one["receiver"]
    assert by_severity == {"warning": "mailbox", "critical": "on-call"}
    assert receivers["mailbox"] == {"email_configs"}
    assert receivers["on-call"] == {"webhook_configs"}


def test_alertmanager_takes_its_file(examples, tmp_path):
    amtool = shutil.which("amtool")
    if amtool is None:
        assert os.environ.get("CI") != "true", "amtool is not there: prometheus-alertmanager"
        pytest.skip("needs amtool: apt-get install prometheus-alertmanager")
    file = tmp_path / "alertmanager.yml"
    file.write_text(examples[1])
    checked = subprocess.run(
        [amtool, "check-config", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_file_of_prometheus_says_that_nobody_is_told_by_it_alone():
    files = [*DEPLOY.glob("*/prometheus*.yml")]
    assert len(files) == 5
    for file in files:
        assert "alerting" not in yaml.safe_load(file.read_text())
        assert "nobody is told, until an Alertmanager" in file.read_text(), file
