"""What becomes of arrivals, as far as that can be said without a school's book."""

from collections.abc import Sequence
from typing import Final

from models.events.checks import Reject
from models.events.columns import Columns, accepted_positions
from models.events.decode import Decoder
from streams.gateway.log import Arrival, Outcome

_MOST_NAMES: Final = 200_000
"""A decoder remembers every id that it met, and a door meets those of a whole country."""
_ACCEPTED: Final = Outcome(accepted=True)


class Judge:
    """Decodes what comes, as an engine will, and says of each arrival whether it is accepted."""

    def __init__(self) -> None:
        self._decoder = Decoder()

    def outcomes(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Give an outcome each; what is too old for its school's book, nobody knows here."""
        self._decoder = decoder = not_full(self._decoder)
        positions = [at for at, each in enumerate(arrivals) if each.refused is None]
        columns = Columns()
        decoder.read_lines([arrivals[at].line for at in positions], positions, columns)
        rejects: dict[int, list[Reject]] = {}
        for reject in columns.rejects:
            rejects.setdefault(reject.position, []).append(reject)
        accepted = accepted_positions(columns)
        return [
            _outcome(at in accepted, each.refused, rejects.get(at))
            for at, each in enumerate(arrivals)
        ]


def not_full(decoder: Decoder) -> Decoder:
    """Give a decoder, or a new one in the place of one that remembers too much."""
    is_full = len(decoder.names.texts) + len(decoder.pupils.texts) > _MOST_NAMES
    return Decoder() if is_full else decoder


def _outcome(accepted: bool, refused: Reject | None, rejects: list[Reject] | None) -> Outcome:  # noqa: FBT001 - an outcome's own
    if refused is not None:
        return Outcome(accepted=False, rejects=(refused,))
    if accepted and rejects is None:
        return _ACCEPTED
    return Outcome(accepted, tuple(rejects or ()))
