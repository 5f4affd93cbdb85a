"""The dashboards of ``deploy/grafana`` as Grafana reads them, and what each panel asks."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

GRAFANA = Path(__file__).resolve().parents[1] / "deploy" / "grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))
ROW, TEXT = "row", "text"


@dataclass(frozen=True)
class Asked:
    """One question of one panel."""

    dashboard: str
    row: str
    panel: dict
    promql: str
    is_now: bool
    """Is it asked for one time, rather than for all of a picture?"""

    @property
    def name(self) -> str:
        return f"{self.dashboard}: {self.row}: {self.panel['title']}: {self.promql}"


def read(file: Path) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


def asked(file: Path) -> list[Asked]:
    """Every question of a dashboard, in order."""
    found, row = [], ""
    for panel in read(file)["panels"]:
        if panel["type"] == ROW:
            row = panel["title"]
        found += [
            Asked(file.stem, row, panel, target["expr"], target["instant"])
            for target in panel.get("targets", ())
        ]
    return found


def variables(file: Path) -> dict[str, str]:
    """What stands for all values of each variable that can have several."""
    listed = read(file)["templating"]["list"]
    return {each["name"]: each["allValue"] for each in listed if each["type"] == "query"}


def put_in(promql: str, values: dict[str, str], scrape_seconds: int, range_seconds: int) -> str:
    """Put variables in as Grafana does.

    ``$__rate_interval`` is the greater of four times what lies between two readings, and once that
    beside the distance of two points, which is one reading here.
    """
    rate = max(4 * scrape_seconds, 2 * scrape_seconds)
    known = values | {"__rate_interval": f"{rate}s", "__range": f"{range_seconds}s"}
    return re.sub(r"\$(\w+)", lambda found: known[found[1]], promql)
