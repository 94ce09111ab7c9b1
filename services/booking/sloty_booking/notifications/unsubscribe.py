"""Ending reminders: what the link in each of them does."""

from typing import Any

from sqlalchemy import select

from sloty_shared import audit
from sloty_shared.database import enter_tenant
from sloty_shared.errors import NotFound
from sloty_shared.models import Customer, Tenant
from sloty_shared.unsubscribing import Unsubscription
from sloty_shared.web.work import Work

_UNKNOWN = "This link is not valid, or whom it was for is not there any more."


def wanted_by(work: Work, token: str) -> Unsubscription:
    """What the token asks for; the work is then inside of the tenant. Raises NotFound."""
    named = Unsubscription.read(token, work.encryption)
    if named is None:
        raise NotFound(_UNKNOWN)
    enter_tenant(work.session, named.tenant_id)
    work.public_tenant = work.session.scalar(select(Tenant).where(Tenant.id == named.tenant_id))
    if work.public_tenant is None:
        raise NotFound(_UNKNOWN)
    return named


def unsubscribe(work: Work, token: str) -> None:
    """Note that the customer wants no reminders by the channel. Raises NotFound."""
    named = wanted_by(work, token)
    customer = work.session.scalar(
        select(Customer)
        .where(Customer.tenant_id == named.tenant_id, Customer.id == named.customer_id)
        .with_for_update(key_share=True)
    )
    if customer is None:
        raise NotFound(_UNKNOWN)
    before = audit.snapshot(customer)
    wanted: Any = customer.preferences.get("reminders")
    kept = wanted if isinstance(wanted, dict) else {}
    if kept.get(named.channel.value) is False:
        return
    customer.preferences = customer.preferences | {"reminders": kept | {named.channel.value: False}}
    work.session.flush()
    work.record("customer.unsubscribed", customer, before=before)
