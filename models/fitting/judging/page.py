"""The report as files: ``report.json``, and one self-contained page for people."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from models.fitting.judging.baselines import Method
from models.fitting.judging.pictures import calibration_picture, curve_path

_MOST_SCHOOLS: Final = 25
_PHASES: Final = {
    "po": "primary (po)",
    "vo": "secondary (vo)",
    "so": "special (so)",
    "mbo": "vocational (mbo)",
    "transition": "transition",
    None: "not said",
}
_ROOM: Final = 1.04
"""So that the longest bar's interval ends inside the picture."""

_PAGES: Final = Environment(
    loader=PackageLoader("models.fitting.judging", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def write_report(report: Mapping[str, Any], out: Path) -> None:
    """Write both files into a folder, which must be new or empty; both, or nothing."""
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = out.parent / f".{out.name}.{os.getpid()}.partial"
    folder.mkdir()
    try:
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        (folder / "report.json").write_bytes(orjson.dumps(report, option=options))
        (folder / "report.html").write_text(page_of(report), encoding="utf-8")
        if not out.exists():
            folder.rename(out)
            return
        for file in sorted(folder.iterdir()):
            file.rename(out / file.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def page_of(report: Mapping[str, Any]) -> str:
    """Make the page: no script, no other host, no pupil's id."""
    methods = report["methods"]
    ours, best = methods["scorecard"], methods[report["verdict"]["best_baseline"]]
    named = [each["per_school_day"]["top_10"]["precision"] for each in methods.values()]
    most_precision = max(_greatest(named), report["data"]["prevalence"]) * _ROOM
    gained = [each for each in methods.values() if "days_gained" in each]
    schools = sorted(report["schools"], key=lambda each: -(each["pupils"] or 0))
    shown = {
        "Phase": [_told(each, _PHASES.get(each["name"])) for each in report["phases"]],
        "Size of school": [_told(each) for each in report["school_sizes"]],
        "School": [_told(each) for each in schools[:_MOST_SCHOOLS]],
    }
    lines = [line for part in shown.values() for line in part if line["pupils"] is not None]
    loads = _loads(report["alerts"], report["verdict"]["best_baseline"], methods)
    return _PAGES.get_template("report.html.j2").render(
        report=report,
        by_precision=sorted(
            methods.values(),
            key=lambda each: -(each["per_school_day"]["top_10"]["precision"]["value"] or 0),
        ),
        by_gained=sorted(gained, key=lambda each: -(each["days_gained"]["mean"]["value"] or 0)),
        most_precision=most_precision,
        chance_at=f"{100 * report['data']['prevalence'] / most_precision:.2f}",
        most_gained=_greatest([each["days_gained"]["mean"] for each in gained]) * _ROOM,
        curves=[
            {
                "words": methods[method]["words"],
                "class": "ours" if methods[method] is ours else _best(methods[method], best),
                "path": curve_path(report["roc"]["false_share"], report["roc"][method]),
            }
            for method in reversed(Method)
        ],
        calibration=calibration_picture(report["calibration"]),
        loads=loads,
        most_load=max(line["value"] for line in loads) * _ROOM,
        parts=list(shown.items()),
        most_part=_greatest([line["precision_top_10"] for line in lines]) * _ROOM or 1.0,
        schools_left_out=len(schools[_MOST_SCHOOLS:]),
    )


def _best(method: Mapping[str, Any], best: Mapping[str, Any]) -> str:
    return "best" if method is best else ""


def _greatest(estimates: list[dict[str, float | None]]) -> float:
    ends = (each[end] for each in estimates for end in ("value", "high"))
    return max((end for end in ends if end is not None), default=0.0)


def _told(line: Mapping[str, Any], words: str | None = None) -> dict[str, Any]:
    return {**line, "words": words or line["name"] or "not said"}


def _loads(
    alerts: Mapping[str, Any], best: str, methods: Mapping[str, Any]
) -> list[dict[str, Any]]:
    lines = [
        ("scorecard", "this scorecard", "ours"),
        (best, f"{methods[best]['words']}, naming as many", "best"),
        ("rules_at_their_own_number", "the pack's rules, as they are", ""),
    ]
    return [
        {"words": words, "value": alerts[name]["per_mentor_week"] or 0.0, "class": class_}
        for name, words, class_ in lines
    ]
