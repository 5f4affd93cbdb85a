"""Open the files to import."""

import contextlib
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from streams.importers.refusal import Unusable


@contextlib.contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """``path`` as bytes, ``.gz`` unpacked.

    Whatever goes wrong with it, now or while it is read, is `Unusable`, with its name.
    """
    try:
        with path.open("rb") as raw:
            if path.suffix == ".gz":
                with gzip.open(raw, "rb") as unpacked:
                    yield cast("BinaryIO", unpacked)
            else:
                yield raw
    except EOFError:
        raise Unusable(f"{path}: ends in the middle of its gzip data") from None
    except (gzip.BadGzipFile, zlib.error):
        raise Unusable(f"{path}: not gzip, or damaged") from None
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from None
