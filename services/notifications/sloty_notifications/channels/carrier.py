"""What every channel offers: a carrier that takes one message at a time, and how it says no."""

from typing import Protocol, TypeVar

from sloty_notifications.message import Call, Message, TextMessage

Sent_contra = TypeVar("Sent_contra", Message, TextMessage, Call, contravariant=True)


class Refused(Exception):
    """The message was refused for good; the text is the reason, for people to read."""


class Gone(Refused):
    """Nobody is there any more, and nobody will be: no other message is to be sent there."""


class Deferred(Exception):
    """The message was not taken this time; a later attempt may succeed."""


class OutOfReach(Deferred):
    """The carrier itself cannot be spoken to, so no other message would get through either."""


class Carrier(Protocol[Sent_contra]):
    def send(self, message: Sent_contra, /) -> None:
        """Return once the message was accepted. Raises Refused, Deferred or OutOfReach."""

    def close(self) -> None:
        """Let go of what is kept open from one message to the next."""
