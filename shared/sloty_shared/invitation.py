"""The token of a participant's own link: by it they say whether they come, and nothing else."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from sloty_shared.encryption import Encryption
from sloty_shared.signed_ids import read_signed, sign

PATH = "/v1/public/participants"
_PURPOSE = "participant"


@dataclass(frozen=True, slots=True)
class InvitationLink:
    """Which participant of which tenant it is for."""

    tenant_id: UUID
    participant_id: UUID

    def path(self, encryption: Encryption) -> str:
        """Where the page is on which they answer."""
        return f"{PATH}/{self.token(encryption)}/reply"

    def unsubscribe_path(self, encryption: Encryption) -> str:
        """Where one click ends their reminders."""
        return f"{self.path(encryption)}?to=unsubscribe"

    def token(self, encryption: Encryption) -> str:
        return sign(self.tenant_id, self.participant_id, _PURPOSE, encryption)

    @classmethod
    def read(cls, token: str, encryption: Encryption) -> Self | None:
        """None for a token that we have not made."""
        ids = read_signed(token, _PURPOSE, encryption)
        return None if ids is None else cls(*ids)
