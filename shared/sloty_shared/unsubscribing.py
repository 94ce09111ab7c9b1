"""The token of an unsubscribe link: it names a customer and a channel, and nobody else can make it."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from sloty_shared.encryption import Encryption
from sloty_shared.models import Channel

PATH = "/v1/public/unsubscribe"
_ID_BYTES = 16
# As long as any of our tokens; what is longer is none.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """Whose reminders by which channel are to end."""

    tenant_id: UUID
    customer_id: UUID
    channel: Channel

    def token(self, encryption: Encryption) -> str:
        ids = base64.urlsafe_b64encode(self.tenant_id.bytes + self.customer_id.bytes)
        return f"{self.channel.value}.{ids.decode().rstrip('=')}.{self._proof(encryption)}"

    @classmethod
    def read(cls, token: str, encryption: Encryption) -> Self | None:
        """None for a token that we have not made."""
        channel, _, rest = token[:_LONGEST].partition(".")
        ids, _, proof = rest.partition(".")
        try:
            both = base64.b64decode(ids + "=" * (-len(ids) % 4), altchars=b"-_", validate=True)
            named = cls(
                UUID(bytes=both[:_ID_BYTES]), UUID(bytes=both[_ID_BYTES:]), Channel(channel)
            )
            genuine = hmac.compare_digest(proof.encode(), named._proof(encryption).encode())
        except (binascii.Error, ValueError):
            return None
        return named if genuine else None

    def _proof(self, encryption: Encryption) -> str:
        return encryption.token(f"unsubscribe {self.tenant_id} {self.channel}", self.customer_id)
