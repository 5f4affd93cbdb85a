"""docs/metrics.md lists the metrics that there are, with what one looks at them for."""

import re
from pathlib import Path

import pytest

from config.metrics import CATALOGUE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "metrics.md"
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the docs are not in a wheel's folder")


def row(metric):
    name = metric.name + ("_total" if metric.kind.__name__ == "Counter" else "")
    labels = " ".join(f"`{label}`" for label in metric.labels) or "-"
    return f"| `{name}` | {labels} | {metric.unit} | {metric.why} |"


def test_the_page_lists_exactly_the_catalogue():
    listed = [line for line in PAGE.read_text().splitlines() if line.startswith("| `gemist_")]
    assert sorted(listed) == sorted(map(row, CATALOGUE))


def test_the_page_lists_exactly_the_alarms_with_their_severity():
    listed = re.findall(r"^\| `(Gemist\w+)` \| (\w+) \|", PAGE.read_text(), re.MULTILINE)
    raised = re.findall(r"- alert: (\w+)\n.*?severity: (\w+)\n", RULES.read_text(), re.DOTALL)
    assert listed == raised
