"""What a dashboard is made of, and how Grafana writes it down (its classic JSON model).

A dashboard is rows of panels; a panel asks Prometheus one or more questions. Where panels stand,
their numbers and the words that every panel repeats are worked out here, so that `operations` and
`vendor` say only what is asked, what the answer means and what to do.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, Final

SCHEMA_VERSION: Final = 42
"""The last one of the classic model: of Grafana 12 and 13."""
COLUMNS: Final = 24
"""How wide Grafana's grid is."""
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
RUNBOOK: Final = "${runbook}"
_GREEN: Final = "green"

Json = dict[str, Any]


class Unit(StrEnum):
    """What is counted, as Grafana's ``unit`` has it: it decides how a number is written."""

    NUMBER = "short"
    SECONDS = "s"
    A_SECOND = "cps"
    BYTES = "bytes"
    BYTES_A_SECOND = "Bps"
    SHARE = "percentunit"
    SCORE = "none"


class Kind(StrEnum):
    """How a panel shows what it finds."""

    NUMBER = "stat"
    LINES = "timeseries"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Query:
    """A question in PromQL, and how its answers are called: ``{{label}}`` is a label's value."""

    promql: str
    called: str


@dataclass(frozen=True, slots=True)
class Step:
    """From ``above`` on a number has this colour."""

    above: float
    colour: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: what is asked, what the answer means, and what to do."""

    title: str
    says: str
    queries: tuple[Query, ...]
    unit: Unit
    kind: Kind = Kind.LINES
    steps: tuple[Step, ...] = ()
    """Above green; empty where no number is good or bad by itself."""
    alarms: tuple[str, ...] = ()
    """Whose pages of the runbook it leads to."""
    width: int = 8
    height: int = 7
    may_be_empty: str = ""
    """Why it may find nothing although all is well; empty where it always finds something."""
    columns: tuple[str, ...] = ()
    """Of a table: the labels it shows, beside the value."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words between panels, in Markdown."""

    title: str
    markdown: str
    width: int = COLUMNS
    height: int = 4


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel | Text, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """What a reader chooses at the top: values of a label."""

    name: str
    label: str
    says: str
    values: str
    """``label_values(…)``, as Grafana asks Prometheus for them."""
    all_of_them: str
    """The regular expression that stands for all."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page in Grafana."""

    uid: str
    title: str
    says: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...]
    since: str = "now-6h"
    links: tuple[tuple[str, str], ...] = field(default=())
    """Title and uid of other dashboards."""


def written(dashboard: Dashboard) -> Json:
    """Write a dashboard as Grafana's provisioning reads it."""
    return {
        "annotations": {"list": []},
        "description": dashboard.says,
        "editable": True,
        "graphTooltip": 1,
        "links": [_link(title, uid) for title, uid in dashboard.links],
        "panels": _laid_out(dashboard.rows),
        "refresh": "30s",
        "schemaVersion": SCHEMA_VERSION,
        "tags": ["gemist"],
        "templating": {
            "list": [
                _source_variable(),
                *map(_variable, dashboard.variables),
                *([_runbook_variable()] if _leads_to_runbook(dashboard) else []),
            ]
        },
        "time": {"from": dashboard.since, "to": "now"},
        "timezone": "browser",
        "title": dashboard.title,
        "uid": dashboard.uid,
    }


def _leads_to_runbook(dashboard: Dashboard) -> bool:
    panels = (panel for row in dashboard.rows for panel in row.panels)
    return any(isinstance(panel, Panel) and panel.alarms for panel in panels)


def _laid_out(rows: tuple[Row, ...]) -> list[Json]:
    """Give each panel its number, and its place: from left to right, then below."""
    numbers = count(1)
    found: list[Json] = []
    top = 0
    for row in rows:
        at = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
        found.append(
            {
                "type": "row",
                "id": next(numbers),
                "title": row.title,
                "collapsed": False,
                "gridPos": at,
                "panels": [],
            }
        )
        top += 1
        left = height = 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                top, left, height = top + height, 0, 0
            at = {"x": left, "y": top, "w": panel.width, "h": panel.height}
            about = {"id": next(numbers), "title": panel.title, "gridPos": at}
            found.append(about | (_text(panel) if isinstance(panel, Text) else _panel(panel)))
            left += panel.width
            height = max(height, panel.height)
        top += height
    return found


def _text(text: Text) -> Json:
    return {
        "type": "text",
        "description": text.title,
        "options": {"mode": "markdown", "content": text.markdown},
    }


def _panel(panel: Panel) -> Json:
    empty = f" It may be empty: {panel.may_be_empty}" if panel.may_be_empty else ""
    found: Json = {
        "type": panel.kind.value,
        "description": panel.says + empty,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel.kind),
        "targets": [
            _target(letter, query, panel.kind)
            for letter, query in zip("ABCDEFGH", panel.queries, strict=False)
        ],
    }
    if panel.alarms:
        found["links"] = [
            {"title": alarm, "url": f"{RUNBOOK}/{alarm}.md", "targetBlank": True}
            for alarm in panel.alarms
        ]
    if panel.kind is Kind.TABLE:
        found["transformations"] = [_columns(panel)]
    return found


def _defaults(panel: Panel) -> Json:
    steps = [{"color": _GREEN, "value": None}]
    steps += [{"color": step.colour, "value": step.above} for step in panel.steps]
    found: Json = {"unit": panel.unit.value, "min": 0}
    if panel.steps:
        found["color"] = {"mode": "thresholds"}
        found["thresholds"] = {"mode": "absolute", "steps": steps}
    if panel.kind is Kind.LINES:
        found["color"] = {"mode": "palette-classic"}
        style = "line" if panel.steps else "off"
        found["custom"] = {
            "fillOpacity": 10,
            "lineWidth": 2,
            "showPoints": "never",
            "thresholdsStyle": {"mode": style},
        }
    return found


def _options(kind: Kind) -> Json:
    match kind:
        case Kind.NUMBER:
            return {
                "colorMode": "background",
                "graphMode": "none",
                "justifyMode": "center",
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                "textMode": "value",
            }
        case Kind.LINES:
            return {
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        case Kind.TABLE:
            return {"showHeader": True}


def _target(letter: str, query: Query, kind: Kind) -> Json:
    is_now = kind is not Kind.LINES
    found: Json = {
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": query.promql,
        "instant": is_now,
        "legendFormat": query.called,
        "range": not is_now,
        "refId": letter,
    }
    if kind is Kind.TABLE:
        found["format"] = "table"
    return found


def _columns(panel: Panel) -> Json:
    """Show these labels and the value, in this order, and not the time of asking."""
    names = (*panel.columns, "Value")
    return {
        "id": "filterFieldsByName",
        "options": {"include": {"names": list(names)}},
    }


def _variable(variable: Variable) -> Json:
    query = {"query": variable.values, "refId": "StandardVariableQuery"}
    return {
        "type": "query",
        "name": variable.name,
        "label": variable.label,
        "description": variable.says,
        "datasource": SOURCE,
        "definition": variable.values,
        "query": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": variable.all_of_them,
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _source_variable() -> Json:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Prometheus",
        "description": "The Prometheus that reads gemist.",
        "query": "prometheus",
        "current": {"text": "gemist", "value": "gemist"},
    }


def _runbook_variable() -> Json:
    return {
        "type": "textbox",
        "name": "runbook",
        "label": "Runbook at",
        "description": "Where the pages of deploy/runbook can be read.",
        "query": "/public/runbook",
        "current": {"text": "/public/runbook", "value": "/public/runbook"},
    }


def _link(title: str, uid: str) -> Json:
    return {
        "type": "link",
        "title": title,
        "url": f"/d/{uid}",
        "keepTime": True,
        "includeVars": False,
    }
