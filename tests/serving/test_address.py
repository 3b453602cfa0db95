"""Where a server may listen."""

from __future__ import annotations

import socket

import pytest

from shelfaudit.serving.address import AddressError, is_loopback, open_listener, url_of


def test_a_free_port_of_this_machine() -> None:
    with open_listener("127.0.0.1", 0, beyond_loopback=False) as listener:
        host, port = listener.getsockname()
        assert url_of(listener) == f"http://127.0.0.1:{port}"
        assert host == "127.0.0.1"
        with socket.create_connection((host, port)):
            pass


def test_localhost_is_this_machine() -> None:
    with open_listener("localhost", 0, beyond_loopback=False) as listener:
        assert is_loopback(listener.getsockname()[0])


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_others_are_let_in_only_where_that_is_meant(host: str) -> None:
    with pytest.raises(AddressError, match="token"):
        open_listener(host, 0, beyond_loopback=False)


def test_everywhere_where_it_is_meant() -> None:
    with open_listener("0.0.0.0", 0, beyond_loopback=True) as listener:
        assert not is_loopback(listener.getsockname()[0])


@pytest.mark.parametrize("host", ["", "no.such.host.invalid", "a..b", "x" * 300, "127.0.0.1:80", "http://127.0.0.1"])
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(AddressError, match="no host"):
        open_listener(host, 0, beyond_loopback=True)


def test_a_port_that_is_taken() -> None:
    with (
        open_listener("127.0.0.1", 0, beyond_loopback=False) as first,
        pytest.raises(AddressError, match="--port"),
    ):
        open_listener("127.0.0.1", first.getsockname()[1], beyond_loopback=False)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(AddressError, match="cannot listen"):
        open_listener("192.0.2.1", 0, beyond_loopback=True)
