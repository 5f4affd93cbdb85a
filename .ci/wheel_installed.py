"""The installed wheel, in a folder that has nothing of the repository but its tests.

Our packages have plain names, so nothing else may claim them; they must come from the environment
and not from a clone; and the command must give the answers of ``tests/conformance``, to the byte.
"""

# ruff: noqa: INP001, T201, S603 - a script of the checks, which starts the command it checks

import importlib
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import packages_distributions, version
from pathlib import Path

OURS = ("gemist", "streams", "alerts", "models", "config")
TABLES = ("pupils.csv", "school_days.csv", "unenrolled.csv")

site = Path(sysconfig.get_paths()["purelib"]).resolve()
claims = packages_distributions()
for name in OURS:
    if set(claims.get(name, ())) != {"gemist"}:
        sys.exit(f"{name}: claimed by {claims.get(name)}")
    found = Path(str(importlib.import_module(name).__file__)).resolve()
    if not found.is_relative_to(site):
        sys.exit(f"{name}: imported from {found}, which is not the environment")
print(f"gemist {version('gemist')}: {', '.join(OURS)} are ours alone, and from the wheel")

cases = sorted(Path("tests/conformance").glob("*/log.ndjson"))
if not cases:
    sys.exit("tests/conformance has no cases")
for log in cases:
    with tempfile.TemporaryDirectory() as folder:
        command = ["gemist", "replay", str(log), "--out", f"{folder}/out", "--pack", "nl"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for table in TABLES:
            expected = (log.parent / "expected" / table).read_bytes()
            if (Path(folder) / "out" / table).read_bytes() != expected:
                sys.exit(f"{log.parent.name}: {table} differs from what is expected")
print(f"{len(cases)} conformance cases, {len(TABLES)} tables of each: the same bytes")
