"""The count of an import: for each kind of element, read = imported + not imported."""

from collections import Counter
from collections.abc import Iterator

from streams.importers.refusal import Refusal, Refused, Why


class Ledger:
    """What was read, what became of it, and what the user should know besides."""

    def __init__(self, files: list[str]) -> None:
        self.files = files
        self.read: Counter[str] = Counter()
        self.imported: Counter[str] = Counter()
        self.meanings: Counter[str] = Counter()
        self.not_looked_at: Counter[str] = Counter()
        self.notes: list[str] = []
        self._refused: list[tuple[tuple[int, int], str, Refused]] = []

    def refuse(self, kind: str, place: tuple[int, int], refusal: Refusal) -> None:
        """List one element that was read and cannot be imported."""
        file, line = place
        self._refused.append((place, kind, Refused.at(self.files[file], line, refusal)))

    def refuse_day(self, kind: str, place: tuple[int, int], why: Why, field: str, day: str) -> None:
        """List one element because of its date."""
        self.refuse(kind, place, Refusal(why, field, day))

    def accept(self, kind: str, meaning: str | None = None) -> None:
        """Count one element that is in the log."""
        self.imported[kind] += 1
        if meaning is not None:
            self.meanings[meaning] += 1

    @property
    def refused(self) -> list[Refused]:
        """The list of what was not imported, in the order of the files and their lines."""
        return [entry for _, _, entry in sorted(self._refused, key=lambda item: item[:2])]

    def refused_by_kind(self) -> Counter[str]:
        """How many of each kind were not imported."""
        return Counter(kind for _, kind, _ in self._refused)

    def adds_up(self) -> bool:
        """Whether every element that was read is either imported or listed."""
        refused = self.refused_by_kind()
        kinds = self.read.keys() | self.imported.keys() | refused.keys()
        return all(self.read[kind] == self.imported[kind] + refused[kind] for kind in kinds)

    def lines(self) -> Iterator[str]:
        """Give the summary for people."""
        refused = self.refused_by_kind()
        if not self.read:
            yield "nothing to import: 0 read"
        for kind in sorted(self.read):
            yield (
                f"{kind}: {self.read[kind]:,} read"
                f" = {self.imported[kind]:,} imported + {refused[kind]:,} not imported"
            )
        if self.meanings:
            yield "imported as:"
            yield from _counted(self.meanings)
        if self._refused:
            yield "not imported:"
            yield from _counted(
                Counter(f"{kind}, {of.field}: {of.reason}" for _, kind, of in self._refused)
            )
        if self.not_looked_at:
            kinds = ", ".join(f"{n:,} {kind}" for kind, n in sorted(self.not_looked_at.items()))
            yield f"not looked at (says nothing about attendance): {kinds}"
        for note in self.notes:
            yield f"note: {note}"


def _counted(counts: Counter[str]) -> Iterator[str]:
    for words, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {count:>9,}  {words}"
