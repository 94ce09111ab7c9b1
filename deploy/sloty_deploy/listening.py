"""TCP ports: sockets bound before anything starts, and free ports that stay free."""

import random
import socket

from sloty_deploy.refusal import Refusal

LOOPBACK = "127.0.0.1"
BACKLOG = 1024
# Below the range that Linux and macOS take outgoing ports from: a server that restarts finds
# its port free.
FREE_PORTS = range(20_000, 30_000)
ATTEMPTS = 200


def listen(host: str, port: int, variable: str) -> socket.socket:
    """Listen on host and port (0: any), or raise Refusal naming the variable that moves it.

    Children inherit the socket, so connections wait, and are not refused, while one restarts.
    """
    try:
        address, family = _resolve(host, port)
        return _bound(address, family)
    except OSError as problem:
        raise Refusal(
            f"{variable}: cannot listen on {host}:{port} ({problem.strerror}); stop what uses it"
            " or choose another port"
        ) from None


def free_port(preferred: int | None = None) -> int:
    """A TCP port of the loopback address that nothing uses, the preferred one if it is free."""
    candidates = random.sample(FREE_PORTS, ATTEMPTS)
    for port in [preferred, *candidates] if preferred else candidates:
        try:
            _bound((LOOPBACK, port), socket.AF_INET).close()
        except OSError:
            continue
        return port
    raise Refusal("No free TCP port was found on 127.0.0.1")


def _resolve(host: str, port: int) -> tuple[tuple[str, int], socket.AddressFamily]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    return (str(address[0]), int(address[1])), family


def _bound(address: tuple[str, int], family: socket.AddressFamily) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
