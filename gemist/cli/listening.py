"""Where a command listens: an address, or one line that says why it cannot be."""

import os
import socket
from typing import Final

from gemist.cli.refusal import refuse

_GREATEST_PORT: Final = 65535


def address_or_exit(address: str) -> tuple[str, int]:
    """Read HOST:PORT, or say in one line that it is none."""
    host, _, port = address.rpartition(":")
    if (
        not host
        or not port.isascii()
        or not port.isdecimal()
        or len(port) > len(str(_GREATEST_PORT))
        or int(port) > _GREATEST_PORT
    ):
        refuse(f"--listen {address}: write HOST:PORT, with a port up to {_GREATEST_PORT}")
    return host.strip("[]"), int(port)


def listen_or_exit(address: str) -> socket.socket:
    """Listen on HOST:PORT, or say in one line why that is not possible."""
    host, port = address_or_exit(address)
    try:
        return socket.create_server((host, port), family=_family(host))
    except socket.gaierror as error:
        refuse(f"cannot listen on {address}: {error.strerror}")
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        refuse(f"cannot listen on {address}: {why}")


def url_of(listening: socket.socket) -> str:
    """Write where somebody listens, as a browser takes it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
