"""Where a command listens: an address, or one line that says why it cannot be."""

import socket

from gemist.cli.refusal import refuse


def listen_or_exit(address: str) -> socket.socket:
    """Listen on HOST:PORT, or say in one line why that is not possible."""
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal():
        refuse(f"--listen {address}: write HOST:PORT")
    try:
        return socket.create_server((host.strip("[]"), int(port)), family=_family(host))
    except (OSError, OverflowError) as error:
        refuse(f"cannot listen on {address}: {error}")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
