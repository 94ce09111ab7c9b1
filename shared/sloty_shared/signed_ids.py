"""Ids that nobody can make but us: what links in messages name a row of a tenant by."""

import base64
import binascii
import hmac
from uuid import UUID

from sloty_shared.encryption import Encryption

_ID_BYTES = 16
# As long as any of our tokens; what is longer is none.
LONGEST = 200


def sign(tenant_id: UUID, row_id: UUID, purpose: str, encryption: Encryption) -> str:
    """The token of this row for this purpose: always the same, and stored nowhere."""
    ids = base64.urlsafe_b64encode(tenant_id.bytes + row_id.bytes).decode().rstrip("=")
    return f"{ids}.{_proof(tenant_id, row_id, purpose, encryption)}"


def read_signed(token: str, purpose: str, encryption: Encryption) -> tuple[UUID, UUID] | None:
    """The tenant and the row; None for a token that we have not made for this purpose."""
    ids, _, proof = token[:LONGEST].partition(".")
    try:
        both = base64.b64decode(ids + "=" * (-len(ids) % 4), altchars=b"-_", validate=True)
        tenant_id, row_id = UUID(bytes=both[:_ID_BYTES]), UUID(bytes=both[_ID_BYTES:])
        expected = _proof(tenant_id, row_id, purpose, encryption)
        genuine = hmac.compare_digest(proof.encode(), expected.encode())
    except (binascii.Error, ValueError):
        return None
    return (tenant_id, row_id) if genuine else None


def _proof(tenant_id: UUID, row_id: UUID, purpose: str, encryption: Encryption) -> str:
    return encryption.token(f"{purpose} {tenant_id}", row_id)
