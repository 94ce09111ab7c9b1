"""The SMS channel: any gateway that Apprise knows, or lines on the console."""

import re
import sys
import warnings
from urllib.parse import quote

from sloty_notifications.channels.carrier import Deferred, OutOfReach, Refused
from sloty_notifications.message import TextMessage, one_line
from sloty_notifications.settings import CONSOLE, RECIPIENT

_NOT_DIALLED = re.compile(r"[^0-9+]")
_FEWEST_DIGITS = 4


class ConsoleSms:
    """Writes each message as one line: for trying things out, where no gateway is."""

    def send(self, message: TextMessage, /) -> None:
        sys.stdout.write(f"SMS to {one_line(message.recipient)}: {_joined(message.text)}\n")
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is kept open."""


class AppriseSms:
    """Sends each message through the gateway at an Apprise address that holds `{to}`.

    Apprise tells only whether a message was taken, so what was not is tried again.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def send(self, message: TextMessage, /) -> None:
        number = quote(_dialled(message.recipient), safe="")
        with warnings.catch_warnings():
            # Where it loads its gateways it tries modules that Python is about to drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            _notify(self._address.replace(RECIPIENT, number), message.text)

    def close(self) -> None:
        """Nothing is kept open."""


def sms_carrier(address: str) -> ConsoleSms | AppriseSms:
    return ConsoleSms() if address == CONSOLE else AppriseSms(address)


def _notify(address: str, text: str) -> None:
    from apprise import Apprise, NotifyFormat

    gateway = Apprise()
    if not gateway.add(address):
        raise OutOfReach("SLOTY_SMS_URL is not an address that Apprise can send to.")
    if not gateway.notify(body=text, body_format=NotifyFormat.TEXT):
        raise Deferred("The SMS gateway did not take the message.")


def _dialled(number: str) -> str:
    """Digits and a leading plus; a number in brackets and blanks reads the same."""
    digits = _NOT_DIALLED.sub("", number)
    if len(digits) < _FEWEST_DIGITS:
        raise Refused("The recipient's telephone number is not valid.")
    return digits[0] + digits[1:].replace("+", "")


def _joined(text: str) -> str:
    return " / ".join(filter(None, map(one_line, text.splitlines())))
