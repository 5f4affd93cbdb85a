"""Write an import's files whole or not at all."""

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from streams.importers.refusal import Refused, Unusable


def beside(out: Path) -> Path:
    """Tell where the list of what was not imported goes by default.

    >>> str(beside(Path("in/district.ndjson")))
    'in/district.rejects.ndjson'
    """
    stem = out.name.removesuffix(".ndjson")
    return out.with_name(f"{stem}.rejects.ndjson")


def writable(paths: Sequence[Path | None], sources: Iterable[Path]) -> list[Path | None]:
    """Resolve each of ``paths``; `Unusable` where writing it would fail or do harm."""
    taken = {source.resolve() for source in sources}
    targets: list[Path | None] = []
    for path in paths:
        target = None if path is None else path.resolve()
        targets.append(target)
        if path is None or target is None:
            continue
        if path.is_dir():
            raise Unusable(f"{path}: is a folder, not a file")
        if path.exists() and not path.is_file():
            raise Unusable(f"{path}: not a plain file (--out - writes to standard output)")
        if not target.parent.is_dir():
            raise Unusable(f"{path}: there is no folder {path.parent}")
        if target in taken:
            raise Unusable(f"{path}: is also a file to import, or both outputs")
        taken.add(target)
    return targets


def encoded(refused: Iterable[Refused]) -> list[bytes]:
    """Encode the list of what was not imported, a JSON object each."""
    return [msgspec.json.encode(entry) for entry in refused]


def write_all(files: Mapping[Path, Iterable[bytes]]) -> None:
    """Write every file of ``files``, lines ended by LF.

    Each is written beside its name and renamed when all are complete; when anything fails,
    a signal included, nothing is left and what was there before still is.
    """
    parts: dict[Path, Path] = {}
    target: Path | None = None
    try:
        for target, lines in files.items():
            parts[target] = target.with_name(f".{target.name}.{os.getpid()}.part")
            with parts[target].open("wb") as part:
                part.writelines(line + b"\n" for line in lines)
                part.flush()
                os.fsync(part.fileno())
        for target, written in parts.items():
            written.replace(target)
    except OSError as error:
        raise Unusable(f"{target}: cannot be written ({error.strerror or error})") from None
    finally:
        for written in parts.values():
            with contextlib.suppress(OSError):
                written.unlink(missing_ok=True)
