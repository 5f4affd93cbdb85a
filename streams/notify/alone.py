"""The desk at work, where it is the only one on its database."""

from collections.abc import Awaitable, Callable
from typing import Any

from streams.desk.running import DeskAtWork
from streams.failure import log_failure
from streams.notify.lease import Lease


class LoneDesk(DeskAtWork):
    """Does what a desk does while it has the lease, and waits while it has not."""

    def __init__(self, *given: Any, lease: Lease, **named: Any) -> None:
        super().__init__(*given, **named)
        self._lease = lease
        self._send_due = self._alone(self._send_due)
        self.trouble: str | None = "the desk has not begun yet"
        """Why the desk does not do its work; None while it does."""

    def do(self) -> bool:
        """Do all that is due but sending, if that is this desk's to do; did all go?"""
        try:
            held = self._lease.is_held()
        except Exception as error:  # noqa: BLE001 - it is tried again, and said meanwhile
            log_failure("the desk's database cannot be asked", error)
            self.trouble = "the desk's database cannot be asked"
            return False
        if not held:
            self.trouble = "another gemist notify works on this database"
            return True
        went = super().do()
        self.trouble = None if went else "a part of the desk fails"
        return went

    def _alone(self, send_due: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
        async def send_if_alone() -> int:
            return 0 if self._lease.is_waiting else await send_due()

        return send_if_alone
