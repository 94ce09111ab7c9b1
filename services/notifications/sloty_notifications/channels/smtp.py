"""The e-mail channel: one SMTP connection, kept for a batch and dialled again when stale."""

import smtplib
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from typing import NoReturn, Self
from urllib.parse import unquote, urlsplit

from sloty_notifications.channels.carrier import Deferred, OutOfReach, Refused
from sloty_notifications.channels.mail import build_mail, recipient_address
from sloty_notifications.message import Message, one_line

# For one message, dialling included: well below the task's own limits.
PATIENCE_SECONDS = 10.0
FAREWELL_SECONDS = 1.0
_ACCEPTED = 250
_FORWARDED = 251
_FINAL = 500

Reply = tuple[int, bytes | str]


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail goes; without `secure`, STARTTLS is used where offered, or insisted on."""

    host: str
    port: int
    secure: bool = False
    insist_on_tls: bool = False
    user: str | None = None
    password: str = ""

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `smtp://[user:password@]host[:port][?starttls=required]` or `smtps://…`."""
        parts = urlsplit(url)
        secure = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (smtplib.SMTP_SSL_PORT if secure else smtplib.SMTP_PORT),
            secure=secure,
            insist_on_tls="starttls=required" in parts.query,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or ""),
        )


class SmtpCarrier:
    """Sends each message as a mail from `sender`; no message takes longer than `patience`."""

    def __init__(
        self, server: SmtpServer, *, sender: str, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._server = server
        self._sender = sender
        self._patience = patience
        self._connection: smtplib.SMTP | None = None
        self._deadline = 0.0

    def send(self, message: Message) -> None:
        self._deadline = time.monotonic() + self._patience
        to = recipient_address(message.recipient, message.recipient_name)
        mail = build_mail(message, sender=self._sender, to=to)
        connection, (code, text) = self._begin(to)
        try:
            if code not in (_ACCEPTED, _FORWARDED):
                self._give_up(connection, code, text)
            self._hand_over(connection, mail)
        except OSError as problem:
            self.close()
            raise Deferred(f"The mail server broke off: {_said(problem)}") from problem

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(OSError):
            if connection.sock is not None:
                connection.sock.settimeout(FAREWELL_SECONDS)
            connection.quit()
        connection.close()

    def _begin(self, to: Address) -> tuple[smtplib.SMTP, Reply]:
        """A connection on which the server has taken the sender, and what it says of the recipient.

        A stale connection is replaced.
        """
        if self._connection is not None:
            try:
                return self._connection, self._envelope(self._connection, to)
            except (OSError, Deferred):
                self.close()
        self._connection = self._dial()
        try:
            return self._connection, self._envelope(self._connection, to)
        except OSError as problem:
            self.close()
            raise OutOfReach(f"The mail server broke off: {_said(problem)}") from problem

    def _envelope(self, connection: smtplib.SMTP, to: Address) -> Reply:
        """Name the sender, then the recipient: in one go where the server lets us.

        Who breaks off at the recipient may dislike this one alone, so the message is put off.
        """
        options = self._options(connection, to)
        self._wait_no_longer(connection)
        at_once = connection.has_extn("pipelining")
        if at_once:
            sender, recipient = map(smtplib.quoteaddr, (self._sender, to.addr_spec))
            told = " ".join([f"MAIL FROM:{sender}", *options])
            connection.send(f"{told}\r\nRCPT TO:{recipient}\r\n".encode())
            reply = connection.getreply()
        else:
            reply = connection.mail(self._sender, options)
        if reply[0] != _ACCEPTED:
            # What the sender does wrong is the operator's to mend; the message can wait for it.
            self.close()
            raise OutOfReach(f"The mail server does not take our mail: {_reply(*reply)}")
        try:
            self._wait_no_longer(connection)
            return connection.getreply() if at_once else connection.rcpt(to.addr_spec)
        except OSError as problem:
            self.close()
            raise Deferred(f"The mail server broke off: {_said(problem)}") from problem

    def _options(self, connection: smtplib.SMTP, to: Address) -> Sequence[str]:
        if to.addr_spec.isascii():
            return ()
        if not connection.has_extn("smtputf8"):
            raise Refused("The mail server takes no address with letters beyond ASCII.")
        return ("SMTPUTF8", "BODY=8BITMIME")

    def _hand_over(self, connection: smtplib.SMTP, mail: bytes) -> None:
        self._wait_no_longer(connection)
        try:
            code, text = connection.data(mail)
        except smtplib.SMTPDataError as problem:
            self._give_up(connection, problem.smtp_code, problem.smtp_error)
        if code != _ACCEPTED:
            self._give_up(connection, code, text)

    def _give_up(self, connection: smtplib.SMTP, code: int, text: bytes | str) -> NoReturn:
        self._wait_no_longer(connection)
        with suppress(smtplib.SMTPException):
            connection.rset()
        verdict = Refused if code >= _FINAL else Deferred
        raise verdict(f"The mail server answered: {_reply(code, text)}")

    def _dial(self) -> smtplib.SMTP:
        server = self._server
        try:
            connection = self._connect()
            try:
                connection.ehlo_or_helo_if_needed()
                if not server.secure:
                    self._encrypt(connection)
                if server.user is not None:
                    self._wait_no_longer(connection)
                    connection.login(server.user, server.password)
            except OSError:
                connection.close()
                raise
        except OSError as problem:
            raise OutOfReach(f"The mail server is out of reach: {_said(problem)}") from problem
        return connection

    def _connect(self) -> smtplib.SMTP:
        server, name = self._server, self._sender.rpartition("@")[2]
        if server.secure:
            return smtplib.SMTP_SSL(
                server.host,
                server.port,
                local_hostname=name,
                timeout=self._time_left(),
                context=ssl.create_default_context(),
            )
        return smtplib.SMTP(
            server.host, server.port, local_hostname=name, timeout=self._time_left()
        )

    def _encrypt(self, connection: smtplib.SMTP) -> None:
        """Encrypt where offered. A certificate is asked for where something depends on it."""
        server = self._server
        if not server.insist_on_tls and not connection.has_extn("starttls"):
            return
        context = ssl.create_default_context()
        if not server.insist_on_tls and server.user is None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self._wait_no_longer(connection)
        connection.starttls(context=context)
        connection.ehlo_or_helo_if_needed()

    def _time_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("it takes too long")
        return left

    def _wait_no_longer(self, connection: smtplib.SMTP) -> None:
        if connection.sock is not None:
            connection.sock.settimeout(self._time_left())


def _reply(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return one_line(f"{code} {words}")


def _said(problem: OSError) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        return _reply(problem.smtp_code, problem.smtp_error)
    return one_line(str(problem)) or type(problem).__name__
