"""The packs' files: a country's rules as data, with words, source and date."""

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

PACK_NAMES: Final = ("nl", "any", "none")
REVISION_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class PackFile:
    """A pack as it was read; ``revision`` begins the SHA-256 of all files that make it up."""

    name: str
    revision: str
    rules: tuple[dict[str, Any], ...]


def read_pack(name: str) -> PackFile:
    """Read one of `PACK_NAMES`, and what it includes, which comes first.

    >>> [len(read_pack(name).rules) for name in PACK_NAMES]
    [11, 4, 0]
    """
    rules: list[dict[str, Any]] = []
    digest = hashlib.sha256()
    for content in _with_included(name):
        digest.update(content)
        rules += tomllib.loads(content.decode())["rule"]
    return PackFile(name, digest.hexdigest()[:REVISION_DIGITS], tuple(rules))


def _with_included(name: str) -> list[bytes]:
    content = (files(__name__) / f"{name}.toml").read_bytes()
    included = tomllib.loads(content.decode()).get("includes", [])
    return [*(part for each in included for part in _with_included(each)), content]
