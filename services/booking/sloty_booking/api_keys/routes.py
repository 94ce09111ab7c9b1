"""`/v1/api-keys`."""

from sloty_booking.api_keys import actions, queries
from sloty_booking.api_keys.schemas import ApiKeyView, MadeApiKey, NewApiKey
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.models import ApiKey
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["api-keys"])


@routes.create(
    "/api-keys",
    allow=Permission.API_KEYS_WRITE,
    answer=MadeApiKey,
    summary="Make an API key",
)
def create_api_key(work: Work, body: NewApiKey) -> MadeApiKey:
    """For a program that acts as TENANT_ADMIN or STAFF of the tenant; `key` is shown once."""
    return actions.create_api_key(work, body)


@routes.read(
    "/api-keys",
    allow=Permission.API_KEYS_READ,
    answer=Listing[ApiKeyView],
    summary="List API keys",
)
def list_api_keys(work: Work, page: PageQuery) -> Listing[ApiKeyView]:
    """The tenant's keys, the revoked ones too, oldest first."""
    return listing(ApiKeyView, queries.api_keys(work, page))


@routes.read(
    "/api-keys/{key_id}",
    allow=Permission.API_KEYS_READ,
    answer=ApiKeyView,
    errors=(NotFound,),
    summary="Read an API key",
)
def read_api_key(work: Work, key_id: UuidId) -> ApiKey:
    """One key, without what it opens."""
    return queries.api_key(work, key_id)


@routes.remove(
    "/api-keys/{key_id}",
    allow=Permission.API_KEYS_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Revoke an API key",
)
def revoke_api_key(work: Work, key_id: UuidId) -> None:
    """It opens nothing any more from this moment on; the list still names it."""
    actions.revoke_api_key(work, key_id)
