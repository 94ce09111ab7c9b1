"""Whose a hold is: a user's, a key's, or that of whoever came from an address."""

from ipaddress import ip_network

from sqlalchemy import ColumnElement, or_, select, true

from sloty_shared.models import HeldTime, Provider, UserRole
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.work import Work

_ADDRESS = "address:"
# Everybody with an IPv6 connection has as many addresses as fit behind this prefix.
_IPV6_PREFIX = 64
_IPV6 = 6


def holder_of(work: Work) -> str:
    """Who the caller is as a holder. An address is kept as a proof alone, which tells nothing."""
    caller = work.caller_or_none
    if caller is None:
        proof = work.encryption.token(f"holder {_network(work.address)}", work.tenant.id)
        return f"{_ADDRESS}{proof}"
    if caller.api_key is not None:
        return f"key:{caller.api_key.id}"
    return f"user:{caller.person.id}"


def is_for(work: Work, permission: Permission) -> ColumnElement[bool]:
    """Holds that the caller may see or use: their own, a provider's calendar's, or all.

    What was held without a log-in is for whoever knows its id, who can only be its maker.
    """
    anybodys = or_(HeldTime.holder.is_(None), HeldTime.holder.startswith(_ADDRESS))
    caller = work.caller_or_none
    if caller is None:
        return anybodys
    if caller.reach(permission) is Reach.ALL:
        return true()
    own = or_(anybodys, HeldTime.holder == holder_of(work))
    if caller.role is not UserRole.PROVIDER:
        return own
    calendar = select(Provider.id).where(Provider.user_id == caller.person.id)
    return or_(own, HeldTime.provider_id.in_(calendar))


def _network(address: str | None) -> str:
    try:
        network = ip_network(address or "")
    except ValueError:
        return address or ""
    if network.version != _IPV6:
        return str(network)
    return str(network.supernet(new_prefix=_IPV6_PREFIX))
