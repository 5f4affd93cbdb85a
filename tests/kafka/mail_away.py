"""A mail server that takes no mail until it is mended."""

from aiosmtpd.controller import Controller


class MailAway:
    """At 127.0.0.1; tells everybody to come again later."""

    def __init__(self, port):
        self.is_mended = False
        self.taken = []
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802 - aiosmtpd's name
        session.host_name = hostname
        return responses if self.is_mended else ["421 4.3.2 come again later"]

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.taken.append(envelope.rcpt_tos)
        return "250 OK"
