"""Where the server listens, and whether that is this machine alone."""

from __future__ import annotations

import ipaddress
import socket

from shelfaudit.errors import UserError


class AddressError(UserError):
    """The server cannot listen at this address."""


def open_listener(host: str, port: int, *, beyond_loopback: bool) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    beyond_loopback: whether other machines may be let in.

    Raises:
        AddressError: there is no such host here, the port is taken or not allowed, or others would be let in.
    """
    family, address = _resolve(host, port)
    if not beyond_loopback and not is_loopback(address[0]):
        raise AddressError(
            f"At {host} other machines could reach the server, and it has no token.",
            advice="Set SHELFAUDIT_TOKEN or name a --token-file, or listen at 127.0.0.1.",
        )
    try:
        return socket.create_server(address[:2], family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressError(
            f"The server cannot listen at {host}, port {port} ({reason}).",
            advice="Is it running already? --port names another port, --port 0 takes a free one.",
        ) from error


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address that the system resolved."""
    return ipaddress.ip_address(address).is_loopback


def url_of(listener: socket.socket) -> str:
    """`http://host:port`, with IPv6 addresses in brackets."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """The first address of a host; for "localhost" that is 127.0.0.1 or ::1."""
    try:
        if not host:  # would be every address of this machine
            raise ValueError
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, ValueError) as error:
        raise AddressError(
            f"There is no host named {host!r}.", advice="Use 127.0.0.1, or an address of this machine."
        ) from error
    family, _, _, _, address = found[0]
    return family, (str(address[0]), int(address[1]))
