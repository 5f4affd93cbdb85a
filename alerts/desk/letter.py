"""A message to a person, ready to go: what the outbox keeps and the channels send."""

from typing import Any

import msgspec


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail's parts, and the same as data for whoever takes webhooks."""

    subject: str
    """Without a name, a pupil or an illness."""
    plain: str
    html: str
    data: dict[str, Any]
    """What a webhook's body says: no more than the mail does."""
