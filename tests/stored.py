"""Pages as a store holds them, written as they change and read back by another process."""

from collections import Counter

from alerts.pages import read_watch, write_changed, write_watch
from models.page_format import PageKey, PageKind
from models.scorecard.serving import Scorecard
from streams.step import Engine


class Store:
    """Pages of an engine's schools, of which only those that changed are ever written."""

    def __init__(self) -> None:
        self.pages: dict[str, dict[PageKey, bytes]] = {}
        self.written: Counter[PageKind] = Counter()

    def keep(self, engine: Engine) -> None:
        """Write what changed of every school; then all pages are here as they should be."""
        for name, school in engine.schools.items():
            pages = self.pages.setdefault(name, {})
            for key, page in write_changed(school.watch):
                self.written[key.kind] += 1
                if page is None:
                    pages.pop(key, None)
                else:
                    pages[key] = page
            assert pages == dict(write_watch(school.watch))
            assert list(write_changed(school.watch)) == []

    def read(self, pack: str, scorecard: Scorecard | None = None) -> Engine:
        """An engine of another process, with what is here."""
        engine = Engine(pack, scorecard, live=True)
        for school, pages in self.pages.items():
            engine.adopt(read_watch(school, pages, pack, scorecard))
        return engine
