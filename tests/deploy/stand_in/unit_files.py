"""A unit's settings as systemd reads them: its file, and the drop-ins of its name's beginnings."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

UNITS = Path("/etc/systemd/system")


def read(unit: str, units: Path = UNITS) -> dict[str, list[str]]:
    """Give what each key of `[Service]` was set to, in order; an empty value empties the list."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in files(unit, units):
        section = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = line
            elif section == "[Service]" and line and line[0] not in "#;":
                key, _, value = line.partition("=")
                if not value:
                    found[key].clear()
                found[key].append(with_specifiers(value, unit))
    return dict(found)


def files(unit: str, units: Path = UNITS) -> Iterator[Path]:
    """Give its own file, or its template's, and then its drop-ins: `gemist-.service.d` too."""
    stem, dot, kind = unit.rpartition(".")
    template = f"{stem.partition('@')[0]}@" if "@" in stem else stem
    yield units / f"{template}{dot}{kind}"
    for dash in range(len(stem)):
        if stem[dash] == "-":
            yield from sorted((units / f"{stem[: dash + 1]}.{kind}.d").glob("*.conf"))


def with_specifiers(value: str, unit: str) -> str:
    """Put the instance in the place of `%i`, and one sign in that of `%%`."""
    instance = unit.rpartition(".")[0].partition("@")[2]
    return value.replace("%i", instance).replace("%%", "%")
