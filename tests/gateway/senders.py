"""Who sends to a door, what, and when."""

from dataclasses import dataclass, field

NOW = 1_795_423_267  # 2026-11-23T08:41:07Z, a Monday
TOKEN, BOTH = "gemist_one", "gemist_both"


def register(**fields):
    said = {
        "type": "register",
        "id": "r1",
        "school": "01AB",
        "recorded_at": "2026-11-23T08:40:00Z",
        "date": "2026-11-23",
        "session": 1,
        "marks": [{"pupil": "p81", "status": "absent", "reason": "illness"}],
    }
    return said | fields


@dataclass
class Hand:
    """A clock that moves when it is moved."""

    now: float = NOW

    def __call__(self):
        return self.now


@dataclass
class FewTokens:
    """Tokens in a dictionary."""

    known: dict[str, frozenset[str]] = field(
        default_factory=lambda: {
            TOKEN: frozenset({"01AB"}),
            BOTH: frozenset({"01AB", "02CD"}),
        }
    )

    def schools_of(self, token):
        return self.known.get(token)
