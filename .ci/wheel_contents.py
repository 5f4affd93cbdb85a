"""What is in a wheel: our packages with their data, and nothing else."""

# ruff: noqa: INP001, T201 - a script of the checks, no package

import sys
import zipfile

OURS = {"gemist", "streams", "alerts", "models", "config"}
NEEDED = {f"{package}/py.typed" for package in OURS} | {
    "gemist/__main__.py",
    "alerts/desk/answer/locale/nl/LC_MESSAGES/answer.po",
    "alerts/desk/answer/page.css",
    "alerts/desk/answer/page.html.j2",
    "alerts/desk/migrations/env.py",
    "alerts/desk/migrations/versions/first.py",
    "config/packs/any.toml",
    "config/packs/nl.toml",
    "config/packs/none.toml",
    "config/scorecards/simulated.json",
    "streams/gateway/docs.html.j2",
}
METADATA = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENCE", "NOTICE")

names = zipfile.ZipFile(sys.argv[1]).namelist()
tops = {name.partition("/")[0] for name in names}
information = {top for top in tops if top.endswith(".dist-info")}
strange = tops - OURS - information
missing = NEEDED.difference(names) | {
    needed for needed in METADATA if not any(name.endswith(f"/{needed}") for name in names)
}
if strange or missing or len(information) != 1:
    sys.exit(f"wheel: should not be there: {sorted(strange)}; missing: {sorted(missing)}")
print(f"{len(names)} files, of {', '.join(sorted(OURS))} alone")
