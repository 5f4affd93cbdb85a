"""How long a channel waits for others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds after which somebody who does not answer is left alone."""

    connect_seconds: float = 15.0
    """Until there is a connection and its first answer."""
    answer_seconds: float = 30.0
    """For each command of a mail, and for a whole webhook."""
    taken_seconds: float = 180.0
    """From a mail's end to its being taken: servers look for harm in it first. A mail that is
    taken after that comes twice, with the same Message-ID."""
    round_seconds: float = 60.0
    """After which no further message is begun, so that the desk can do something else."""
    farewell_seconds: float = 5.0
    """For goodbyes, and for what is under way when all is to end."""
