"""`gemist serve` with an address that is none, or that cannot be had."""

import socket

import pytest
import typer
from served import gemist

from gemist.cli.listening import listen_or_exit, url_of


@pytest.mark.parametrize(
    "address", ["nonsense", ":8080", "127.0.0.1:", "127.0.0.1:x", "[::1]:65536"]
)
def test_what_is_no_address_is_said_before_anything_is_made(tmp_path, address):
    folder = tmp_path / "node"
    done = gemist("serve", "--data", folder, "--listen", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"gemist: --listen {address}: write HOST:PORT, with a port up to 65535\n"
    assert not folder.exists()


def test_a_port_that_another_has_is_said_in_few_words(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(typer.Exit):
            listen_or_exit(address)
    assert (
        capsys.readouterr().err == f"gemist: cannot listen on {address}: Address already in use\n"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_the_address_that_is_shown_is_one_to_click_on(host):
    with listen_or_exit(f"{host}:0") as listening:
        assert url_of(listening) == f"http://{host}:{listening.getsockname()[1]}"
