"""What is in a wheel: our packages with their data, and nothing else."""

# ruff: noqa: INP001, T201 - a script of the checks, no package

import sys
import zipfile
from pathlib import Path

OURS = {"gemist", "streams", "alerts", "models", "config"}
NEEDED = {
    str(path)
    for package in OURS
    for path in Path(package).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
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
