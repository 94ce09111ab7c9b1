"""The token of an unsubscribe link: it names a customer and a channel, and nobody else can make it."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from sloty_shared.encryption import Encryption
from sloty_shared.models import Channel
from sloty_shared.signed_ids import read_signed, sign

PATH = "/v1/public/unsubscribe"


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """Whose reminders by which channel are to end."""

    tenant_id: UUID
    customer_id: UUID
    channel: Channel

    def token(self, encryption: Encryption) -> str:
        signed = sign(self.tenant_id, self.customer_id, _purpose(self.channel), encryption)
        return f"{self.channel.value}.{signed}"

    @classmethod
    def read(cls, token: str, encryption: Encryption) -> Self | None:
        """None for a token that we have not made."""
        name, _, signed = token.partition(".")
        try:
            channel = Channel(name)
        except ValueError:
            return None
        ids = read_signed(signed, _purpose(channel), encryption)
        return None if ids is None else cls(*ids, channel)


def _purpose(channel: Channel) -> str:
    return f"unsubscribe {channel}"
