"""The dashboards are what their scripts say, and what Grafana reads; each metric is in one, or in
an alarm, or it is said why not."""

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from itertools import combinations

import dashboards
import pytest
import yaml

from config.metrics import CATALOGUE

pytestmark = pytest.mark.skipif(
    not dashboards.GRAFANA.is_dir(), reason="deploy is not in a wheel's folder"
)
RULES = dashboards.GRAFANA.parent / "prometheus" / "rules.yml"
ALARMS = re.findall(r"- alert: (\w+)", RULES.read_text()) if RULES.is_file() else []
OUT_OF_SIGHT: dict[str, str] = {}
"""Metrics that are in no panel and no alarm, each with a sentence why."""
COLUMNS = 24
UNITS = {"short", "s", "cps", "bytes", "Bps", "percentunit", "none"}
MOST_TITLE, LEAST_SAYS = 40, 20
BY_FILE = pytest.mark.parametrize("file", dashboards.FILES, ids=lambda file: file.stem)


def panels(file):
    return dashboards.read(file)["panels"]


def asking(file):
    return [panel for panel in panels(file) if "targets" in panel]


def test_there_are_two():
    assert [file.stem for file in dashboards.FILES] == ["operations", "vendor"]


def test_the_json_is_what_its_scripts_write(tmp_path):
    script = dashboards.GRAFANA / "write.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, timeout=60)
    for file in dashboards.FILES:
        said = (tmp_path / file.name).read_text()
        assert said == file.read_text(), "make dashboards was forgotten"


@BY_FILE
def test_grafanas_own_types_read_all_of_it(file):
    """What they do not know they leave out, and what they expect otherwise they refuse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the classic model's types
        from grafana_foundation_sdk.cog.encoder import JSONEncoder  # noqa: PLC0415
        from grafana_foundation_sdk.cog.plugins import register_default_plugins  # noqa: PLC0415
        from grafana_foundation_sdk.models.dashboard import Dashboard  # noqa: PLC0415

        register_default_plugins()
        ours = dashboards.read(file)
        theirs = json.loads(json.dumps(Dashboard.from_json(ours), cls=JSONEncoder))
    assert list(lost(ours, theirs)) == []
    misspelt = {**ours, "refesh": "30s", "panels": [{**ours["panels"][1], "tittle": "x"}]}
    read_back = json.loads(json.dumps(Dashboard.from_json(misspelt), cls=JSONEncoder))
    assert list(lost(misspelt, read_back)) == ["/panels/0/tittle", "/refesh"]


def lost(ours, theirs, path=""):
    """Where something of ours is not in theirs."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours):
            if key in theirs:
                yield from lost(ours[key], theirs[key], f"{path}/{key}")
            else:
                yield f"{path}/{key}"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from lost(one, other, f"{path}/{place}")
    elif ours != theirs:
        yield path


@BY_FILE
def test_a_dashboard_is_known_by_its_uid_and_finds_its_prometheus_by_a_variable(file):
    said = dashboards.read(file)
    assert said["uid"] == f"gemist-{file.stem}"
    assert "id" not in said
    assert said["schemaVersion"] == 42
    source = {"type": "prometheus", "uid": "${datasource}"}
    for panel in asking(file):
        assert panel["datasource"] == source
        assert all(target["datasource"] == source for target in panel["targets"])
    listed = {each["name"]: each for each in said["templating"]["list"]}
    provisioned = yaml.safe_load(
        (dashboards.GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text()
    )
    [there] = provisioned["datasources"]
    assert listed["datasource"]["current"]["value"] == there["uid"]
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(said["panels"])))
    assert used - {"__rate_interval", "__range"} == set(listed)


@BY_FILE
def test_no_panel_lies_on_another_or_beside_the_grid(file):
    at = [panel["gridPos"] for panel in panels(file)]
    assert all(it["x"] >= 0 and it["x"] + it["w"] <= COLUMNS and it["h"] > 0 for it in at)
    for one, other in combinations(at, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    numbers = [panel["id"] for panel in panels(file)]
    assert len(set(numbers)) == len(numbers)


@BY_FILE
def test_each_panel_says_what_it_means_in_what_unit_and_from_when_on_a_colour(file):
    for panel in asking(file):
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"] in UNITS, panel["title"]
        assert len(panel["title"]) <= MOST_TITLE
        assert len(panel["description"]) >= LEAST_SAYS
        assert panel["description"].endswith(".")
        colours = [step["color"] for step in defaults.get("thresholds", {}).get("steps", ())]
        if defaults.get("color", {}).get("mode") == "thresholds":
            assert len(colours) > 1, panel["title"]
        if colours:
            assert colours[0] == "green"
            above = [step["value"] for step in defaults["thresholds"]["steps"][1:]]
            assert above == sorted(set(above))
    if file.stem == "operations":
        first = [panel for panel in asking(file) if panel["type"] == "stat"]
        assert {panel["gridPos"]["y"] for panel in first} == {1}, "all in the first row"
        assert all("thresholds" in panel["fieldConfig"]["defaults"] for panel in first)


@BY_FILE
def test_a_link_leads_to_an_alarms_page_and_each_alarm_has_one(file):
    urls = [link["url"] for panel in panels(file) for link in panel.get("links", ())]
    linked = {re.fullmatch(r"\$\{runbook\}/(\w+)\.md", url)[1] for url in urls}
    assert linked <= set(ALARMS)
    if file.stem == "operations":
        assert linked == set(ALARMS)


@BY_FILE
def test_a_dashboards_links_lead_to_the_others(file):
    uids = {dashboards.read(each)["uid"] for each in dashboards.FILES}
    said = dashboards.read(file)["links"]
    assert {link["url"] for link in said} <= {f"/d/{uid}" for uid in uids}


def rules_of(questions):
    """A file of rules, each of which asks one question."""
    rules = [
        {"record": f"panel:{number}", "expr": dashboards.put_in(each.promql, ANY, 15, 3600)}
        for number, each in enumerate(questions)
    ]
    return yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]})


ANY = {"job": "gemist-.+", "school": ".+"}


def test_promtool_reads_every_question(tmp_path):
    if shutil.which("promtool") is None:
        assert os.environ.get("CI") != "true", "apt-get install prometheus"
        pytest.skip("needs promtool: apt-get install prometheus")
    questions = [each for file in dashboards.FILES for each in dashboards.asked(file)]
    file = tmp_path / "rules.yml"
    file.write_text(rules_of(questions))
    checked = subprocess.run(
        ["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert f"{len(questions)} rules found" in checked.stdout


def named_in(text):
    """Names of our metrics in PromQL, as the catalogue has them."""
    found = re.findall(r"\bgemist_\w+", text)
    return {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in found}


def test_each_metric_is_in_a_panel_or_an_alarm_or_it_is_said_why_not():
    questions = [each for file in dashboards.FILES for each in dashboards.asked(file)]
    shown = named_in(" ".join(each.promql for each in questions))
    groups = yaml.safe_load(RULES.read_text())["groups"]
    alarmed = named_in(" ".join(rule["expr"] for group in groups for rule in group["rules"]))
    known = {metric.name for metric in CATALOGUE}
    assert shown <= known, "a panel asks for what there is not"
    assert known - shown - alarmed == set(OUT_OF_SIGHT)


def test_a_panel_asks_for_labels_that_its_metric_has():
    labels = {metric.name: set(metric.labels) for metric in CATALOGUE}
    own = {"job", "instance", "le"}
    for file in dashboards.FILES:
        for each in dashboards.asked(file):
            grouped = re.findall(r"\bby \(([^)]*)\)", each.promql)
            asked = {label.strip() for labels in grouped for label in labels.split(",")}
            has = set().union(*(labels[name] for name in named_in(each.promql)), own)
            assert asked <= has, each.name


def test_nothing_that_grafana_provisions_has_a_password_or_names_a_host():
    for file in (dashboards.GRAFANA / "provisioning").rglob("*.yml"):
        text = file.read_text()
        assert yaml.safe_load(text)["apiVersion"] == 1
        assert not re.search(r"password|secure|token", text, re.IGNORECASE)
        addresses = [line for line in text.splitlines() if "url:" in line]
        assert all(line.strip() == "url: $GRAFANA_PROMETHEUS" for line in addresses)


def test_what_the_vendor_reads_of_reasons_is_what_the_door_says():
    from streams.gateway.says import SENTENCES  # noqa: PLC0415

    file = dashboards.GRAFANA / "dashboards" / "vendor.json"
    [text] = [panel for panel in panels(file) if panel["type"] == dashboards.TEXT]
    for reason, says in SENTENCES.items():
        assert f"| `{reason}` | {says} |" in text["options"]["content"]


@BY_FILE
def test_words_are_those_of_the_vocabulary(file):
    said = [
        text for panel in panels(file) for text in (panel["title"], panel.get("description", ""))
    ]
    others = r"\b(student|tenant|incident|ticket|consumer|attendance record|warning|error)s?\b"
    assert not [text for text in said if re.search(others, text, re.IGNORECASE)]
