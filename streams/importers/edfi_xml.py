"""Ed-Fi bulk XML, read one element at a time.

A bulk file is a root with one flat element per entity. Only one of them is held at a time,
and no tree is built. Namespaces are dropped, since each version of the standard has its own
(``http://ed-fi.org/5.2.0``, ``http://ed-fi.org/6.0.0``) and the names are what matters.
Documents that declare entities are refused (defusedxml), before they can grow.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from streams.importers.refusal import Unusable
from streams.importers.source import reading

CHUNK_BYTES = 65_536
TEXT_LIMIT = 1_000
"""No value that is read here is longer; the rest of one that is longer is not kept."""

ENTITY_DEPTH = 2
"""The root is 1; each of its children is an entity."""

_DESCRIPTOR_CODE = "CodeValue"
_BETWEEN = "\x1f"
"""Between the values of a leaf that is there more than once; XML cannot contain it."""


class Entity(msgspec.Struct, frozen=True):
    """One entity of a bulk file: its name, the line of its start tag, and its leaves."""

    name: str
    line: int
    leaves: dict[tuple[str, ...], str]

    def text(self, *names: str) -> str | None:
        """Take the first of ``names`` that is there, from the place nearest to the entity.

        Nearest, since a school is named several times: an event's own ``SchoolReference``,
        and deeper the school of the term that it refers to. Versions before 3 write a
        descriptor's code one level down, as ``CodeValue``.
        """
        for name in names:
            places = [
                path
                for path in self.leaves
                if path[-1] == name or (path[-1] == _DESCRIPTOR_CODE and name in path)
            ]
            if places:
                return self.leaves[min(places, key=len)]
        return None

    def texts(self, name: str) -> list[str]:
        """Take every value of ``name``, for what may be there more than once."""
        value = self.text(name)
        return [] if value is None else value.split(_BETWEEN)


class _Entities:
    """Target of the parser: collects entities as their end tags come by."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.done: list[Entity] = []
        self.line = 0
        self.parser: Any = None
        self._path: list[str] = []
        self._text: list[str] = []
        self._kept = 0
        self._leaves: dict[tuple[str, ...], str] = {}

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self._path.append(name)
        self._text, self._kept = [], 0
        if len(self._path) == 1:
            self.root = name
        elif len(self._path) == ENTITY_DEPTH:
            self.line = self.parser.parser.CurrentLineNumber
            self._leaves = {}

    def data(self, text: str) -> None:
        if self._kept < TEXT_LIMIT:
            self._text.append(text[:TEXT_LIMIT])
            self._kept += len(text)

    def end(self, _tag: str) -> None:
        text = "".join(self._text).strip()
        self._text, self._kept = [], 0
        if len(self._path) == ENTITY_DEPTH:
            self.done.append(Entity(self._path[-1], self.line, self._leaves))
        elif text:
            path = tuple(self._path[ENTITY_DEPTH:])
            before = self._leaves.get(path)
            self._leaves[path] = text if before is None else f"{before}{_BETWEEN}{text}"
        self._path.pop()

    def close(self) -> None:
        """End of the document; the parser asks for it."""


def entities(path: Path) -> Iterator[Entity]:
    """Every entity of ``path``, in order. An empty file has none.

    Raises `Unusable` for what is not well-formed XML, ends too early, or is no Ed-Fi bulk file.
    """
    target = _Entities()
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.parser = parser
    empty = True
    with reading(path) as source:
        try:
            while chunk := source.read(CHUNK_BYTES):
                empty = False
                parser.feed(chunk)
                _check_root(path, target.root)
                yield from target.done
                target.done.clear()
            if not empty:
                parser.close()
        except ParseError as error:
            line, column = error.position
            raise Unusable(
                f"{path}:{line}: not well-formed XML (column {column + 1}: "
                f"{str(error).partition(':')[0]})"
            ) from None
        except DefusedXmlException:
            raise Unusable(f"{path}: declares a document type or entities: refused") from None
        except (LookupError, ValueError) as error:
            raise Unusable(f"{path}: not readable as XML ({error})") from None


def _check_root(path: Path, root: str | None) -> None:
    if root is not None and not root.startswith("Interchange"):
        raise Unusable(f"{path}: <{root}> is no Ed-Fi bulk file (its root is <Interchange…>)")
