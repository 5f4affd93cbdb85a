"""A request's body, cut into one line an event: an object, an array, or lines (NDJSON).

Nothing is judged here: a line that is no event goes to the log as it came, and is refused there.
Only an array that is broken cannot be cut, and is refused as a whole.
"""

from typing import Final

import msgspec

from streams.gateway.problem import BROKEN, TOO_LARGE, ProblemError

_WHITE_SPACE: Final = b" \t\r\n"
_LEAST_BYTES_A_COMMA: Final = 8
"""No array of events has commas nearer to each other; one that has is not even taken apart."""
_LINES_AN_EVENT: Final = 4
"""So many blank ones are borne."""
_decode_one: Final = msgspec.json.Decoder(msgspec.Raw).decode
_decode_many: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_LINE_ENDS: Final = bytes.maketrans(b"\r\n", b"  ")


def cut(body: bytes, *, is_lines: bool, most: int) -> list[bytes]:
    """Cut a body into lines without line feeds; blank ones are nothing.

    ``is_lines``: the sender says that it is NDJSON. Several lines are also seen to be when the
    sender says JSON. Raises `ProblemError` for a body with nothing in it, one that cannot be cut,
    and one of more than ``most`` events.
    """
    body = body.strip(_WHITE_SPACE)
    if not body:
        raise ProblemError(
            BROKEN, "There is no event in the body. Send one JSON object, an array, or lines."
        )
    lines = _lines(body, most) if is_lines else _values(body, most)
    if not lines:
        raise ProblemError(BROKEN, "The array is empty. Send at least one event.")
    if len(lines) > most:
        raise _too_many(most)
    return lines


def _values(body: bytes, most: int) -> list[bytes]:
    if body[0] == ord("["):
        return _elements(body, most)
    if b"\n" not in body:
        return [body]
    fault = _fault(body)
    if fault is None:
        return [_on_one_line(body)]
    if _looks_like_lines(body):
        return _lines(body, most)
    raise ProblemError(
        BROKEN,
        f"The body is not one JSON value: {fault}. Nothing was taken. Lines of events (NDJSON)"
        " are told by Content-Type: application/x-ndjson, and each is one object on one line.",
    )


def _elements(body: bytes, most: int) -> list[bytes]:
    commas = body.count(b",")
    if commas >= most and commas * _LEAST_BYTES_A_COMMA > len(body):
        raise _too_many(most)
    try:
        return [_on_one_line(bytes(raw)) for raw in _decode_many(body)]
    except (ValueError, RecursionError) as error:
        raise ProblemError(
            BROKEN, f"The array is broken: {_words(error)}. Nothing of it was taken."
        ) from None


def _fault(body: bytes) -> str | None:
    try:
        _decode_one(body)
    except (ValueError, RecursionError) as error:
        return _words(error)
    return None


def _words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error).removeprefix("JSON is malformed: ")


def _looks_like_lines(body: bytes) -> bool:
    """Say whether the first line is an object by itself, be it a faulty one."""
    first = body[: body.index(b"\n")].rstrip(_WHITE_SPACE)
    return first.startswith(b"{") and first.endswith(b"}")


def _lines(body: bytes, most: int) -> list[bytes]:
    if body.count(b"\n") > most * _LINES_AN_EVENT:
        raise _too_many(most)
    stripped = (line.strip(_WHITE_SPACE) for line in body.split(b"\n"))
    return [line for line in stripped if line]


def _on_one_line(value: bytes) -> bytes:
    """Put spaces for line ends: JSON has none within its strings."""
    return value.translate(_LINE_ENDS) if b"\n" in value or b"\r" in value else value


def _too_many(most: int) -> ProblemError:
    return ProblemError(
        TOO_LARGE, f"There are more than {most} events in the body. Send them in smaller parts."
    )
