"""The webhook channel: one signed HTTP POST, to an address that was looked at before it is used."""

import socket
import time
from collections.abc import Iterable
from datetime import UTC
from ssl import SSLContext
from typing import Any

import httpcore2
from standardwebhooks.webhooks import Webhook as Signer

from sloty_notifications.channels.carrier import Deferred, Gone, Refused
from sloty_notifications.message import Call, one_line
from sloty_shared.public_addresses import is_public

# For one call, from the name's look-up to the last byte of the answer's head.
PATIENCE_SECONDS = 10.0
_ACCEPTED = range(200, 300)
_GONE = 410
_USER_AGENT = "Sloty-Webhooks/1"


class WebhookCarrier:
    """Calls webhooks. Only a 2xx is acceptance; where a redirect leads is never looked at."""

    def __init__(self, *, allow_private: bool, patience: float = PATIENCE_SECONDS) -> None:
        self._allow_private = allow_private
        self._patience = patience

    def send(self, call: Call, /) -> None:
        status = self._post(call)
        if status in _ACCEPTED:
            return
        if status == _GONE:
            raise Gone("The webhook answered 410: it is gone for good.")
        raise Deferred(f"The webhook answered {status}.")

    def close(self) -> None:
        """Each call has a connection of its own, so none is kept."""

    def _post(self, call: Call) -> int:
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._patience)
        network = _CheckedNetwork(self._patience, allow_private=self._allow_private)
        try:
            with (
                httpcore2.ConnectionPool(network_backend=network) as pool,
                pool.stream(
                    "POST",
                    call.url,
                    headers=_headers(call),
                    content=call.body.encode(),
                    extensions={"timeout": timeout},
                ) as answer,
            ):
                return answer.status
        except (httpcore2.TimeoutException, TimeoutError) as problem:
            raise Deferred("The webhook did not answer in time.") from problem
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as problem:
            raise Deferred(f"The webhook is out of reach: {_said(problem)}") from problem
        except (httpcore2.UnsupportedProtocol, UnicodeError, ValueError) as problem:
            raise Refused("The webhook's address cannot be called.") from problem


def _headers(call: Call) -> dict[bytes | str, bytes | str]:
    """The content's type and what the Standard Webhooks specification asks for."""
    sent_as, made_at = str(call.id), call.made_at.astimezone(UTC)
    return {
        "Content-Type": "application/json",
        "User-Agent": _USER_AGENT,
        "Webhook-Id": sent_as,
        "Webhook-Timestamp": str(int(made_at.timestamp())),
        "Webhook-Signature": Signer(call.secret).sign(sent_as, made_at, call.body),
    }


class _CheckedNetwork(httpcore2.NetworkBackend):
    """Looks a name up once, checks each address found, and connects to one of these addresses.

    The request keeps the name, in its Host header as in TLS. Everything ends at one deadline.
    """

    def __init__(self, patience: float, *, allow_private: bool) -> None:
        self._deadline = time.monotonic() + patience
        self._allow_private = allow_private
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - The deadline bounds it.
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = self._addresses(host, port)
        for position, address in enumerate(addresses, start=1):
            try:
                stream = self._plain.connect_tcp(
                    address, port, _left(self._deadline), local_address, socket_options
                )
            except httpcore2.ConnectError:
                if position == len(addresses):
                    raise
            else:
                return _BoundedStream(stream, self._deadline)
        raise httpcore2.ConnectError("The name has no address.")

    def _addresses(self, host: str, port: int) -> list[str]:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private and not all(map(is_public, addresses)):
            raise Refused("The webhook's address is not on the public internet.")
        return addresses


class _BoundedStream(httpcore2.NetworkStream):
    """A connection on which many short waits do not add up to a long one."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - As above.
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - As above.
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - As above.
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _BoundedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("It takes too long.")
    return left


def _said(problem: Exception) -> str:
    return one_line(str(problem)) or type(problem).__name__
