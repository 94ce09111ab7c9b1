"""Making and revoking API keys."""

from uuid import UUID

from sloty_booking.api_keys import queries
from sloty_booking.api_keys.schemas import ApiKeyView, MadeApiKey, NewApiKey
from sloty_booking.users.rank import refuse_beyond
from sloty_shared import audit
from sloty_shared.errors import FieldError, Invalid
from sloty_shared.ids import API_KEY_PREFIX_LENGTH, new_api_key, token_hash
from sloty_shared.models import ApiKey
from sloty_shared.web.work import Work


def create_api_key(work: Work, new: NewApiKey) -> MadeApiKey:
    """A key, whose clear text exists in this answer only.

    Raises Invalid for an end in the past, or Forbidden for a role that may do more than the caller.
    """
    refuse_beyond(work.caller, new.role)
    if new.expires_at is not None and new.expires_at <= work.now:
        raise Invalid(errors=[FieldError("/expiresAt", "This must be in the future")])
    clear = new_api_key()
    key = ApiKey(
        tenant_id=work.tenant.id,
        name=new.name,
        prefix=clear[:API_KEY_PREFIX_LENGTH],
        key_hash=token_hash(clear),
        role=new.role,
        expires_at=new.expires_at,
        created_by=work.caller.member_id,
    )
    work.session.add(key)
    work.session.flush()
    work.record("api_key.created", key)
    return MadeApiKey.model_validate({**ApiKeyView.model_validate(key).__dict__, "key": clear})


def revoke_api_key(work: Work, key_id: UUID) -> None:
    """It opens nothing any more, in any process. Raises NotFound or VersionConflict."""
    key = queries.api_key(work, key_id, to_change=True)
    work.check_version(key)
    if key.revoked_at is not None:
        return
    before = audit.snapshot(key)
    key.revoked_at = work.now
    work.session.flush()
    work.record("api_key.revoked", key, before=before)
