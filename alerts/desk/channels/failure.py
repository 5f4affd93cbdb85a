"""Why a message did not go out, and whether it may at another time."""

from enum import StrEnum


class Reason(StrEnum):
    """What kept a message from going out: few, so that they can be counted."""

    NO_CONNECTION = "no connection"
    TIME_OUT = "time-out"
    CUT_OFF = "cut off"
    TLS = "tls"
    SIGN_IN = "sign-in"
    SERVER = "server"
    SENDER = "sender"
    ADDRESS = "address"
    MESSAGE = "message"


_WORDS = {
    Reason.NO_CONNECTION: "no connection to the server",
    Reason.TIME_OUT: "the server did not answer in time",
    Reason.CUT_OFF: "the server cut the connection off",
    Reason.TLS: "no connection that can be trusted (certificate or TLS)",
    Reason.SIGN_IN: "the server refused to let the sender sign in",
    Reason.SERVER: "the server cannot take messages now",
    Reason.SENDER: "the server refused the sender's address",
    Reason.ADDRESS: "the address was refused",
    Reason.MESSAGE: "the message was refused",
}


class Undelivered(Exception):  # noqa: N818 - it names what became of the message
    """A message that did not go out.

    Its text never has what a server said in its own words, which may repeat a person's address:
    only why, and the codes.
    """

    def __init__(
        self,
        reason: Reason,
        code: str = "",
        *,
        may_pass: bool = True,
        is_for_all: bool = False,
        after_seconds: int | None = None,
    ) -> None:
        super().__init__(_WORDS[reason] + (f" ({code})" if code else ""))
        self.reason = reason
        self.may_pass = may_pass
        """Whether the same message may go out at another time."""
        self.is_for_all = is_for_all
        """Whether no other message can go out by this server now."""
        self.after_seconds = after_seconds
        """Seconds for which the receiver asked to be left alone."""
