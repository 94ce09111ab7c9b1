"""Opening and closing providers' calendars."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, func, select

from sloty_availability.schedules import queries
from sloty_availability.schedules.schemas import (
    MAX_OVERRIDES,
    MAX_RULES,
    NewOverride,
    NewRule,
    OverrideChange,
    RuleChange,
    Week,
)
from sloty_shared import audit
from sloty_shared.database import translating
from sloty_shared.errors import Conflict, Invalid, NotFound, SubscriptionRequired
from sloty_shared.models import Provider, ProviderAvailability, ProviderSchedule
from sloty_shared.permissions import Permission
from sloty_shared.web.changes import as_changed, change_row, delete_row
from sloty_shared.web.work import Work

Row = ProviderAvailability | ProviderSchedule
Kind = TypeVar("Kind", ProviderAvailability, ProviderSchedule)


class OverrideExists(Conflict):
    """The provider has an override for exactly this time."""

    code = "override_exists"
    title = "Override exists"


class TooMany(Invalid):
    """The provider has as many of these as one provider may have."""

    code = "too_many"
    title = "Too many"


ONE_OF_A_TIME = {"uq_provider_schedules_provider_id_date_start_time_end_time": OverrideExists}


def create_rule(work: Work, provider_id: UUID, new: NewRule) -> ProviderAvailability:
    """Raises NotFound for a provider that is not there, or TooMany."""
    provider = lock_calendar(work, provider_id)
    refuse_too_many(work, provider, ProviderAvailability, MAX_RULES)
    rule = _rule(provider, new)
    work.session.add(rule)
    work.session.flush()
    work.record("availability.created", rule)
    return rule


def replace_week(work: Work, provider_id: UUID, week: Week) -> list[ProviderAvailability]:
    """Put these rules in the place of all that there are.

    Raises NotFound, or SubscriptionRequired where that makes more of them.
    """
    provider = lock_calendar(work, provider_id)
    old = work.session.scalars(
        delete(ProviderAvailability)
        .where(
            ProviderAvailability.tenant_id == provider.tenant_id,
            ProviderAvailability.provider_id == provider.id,
        )
        .returning(ProviderAvailability)
    ).all()
    new = [_rule(provider, each) for each in week.items]
    if len(new) > len(old) and not work.tenant.may_create(work.now):
        raise SubscriptionRequired
    work.session.add_all(new)
    work.session.flush()
    work.record("availability.replaced", provider, before=_listed(old), after=_listed(new))
    return new


def change_rule(
    work: Work, provider_id: UUID, rule_id: UUID, change: RuleChange
) -> ProviderAvailability:
    """Raises NotFound, VersionConflict, or Invalid for what the change would make of the rule."""
    rule = _locked(work, ProviderAvailability, provider_id, rule_id)
    change_row(work, "availability.changed", rule, dict(as_changed(NewRule, rule, change)))
    return rule


def create_override(work: Work, provider_id: UUID, new: NewOverride) -> ProviderSchedule:
    """Raises NotFound for a provider that is not there, OverrideExists or TooMany."""
    provider = lock_calendar(work, provider_id)
    refuse_too_many(work, provider, ProviderSchedule, MAX_OVERRIDES)
    override = ProviderSchedule(
        tenant_id=provider.tenant_id, provider_id=provider.id, **new.model_dump()
    )
    work.session.add(override)
    with translating(ONE_OF_A_TIME):
        work.session.flush()
    work.record("schedule.created", override)
    return override


def change_override(
    work: Work, provider_id: UUID, override_id: UUID, change: OverrideChange
) -> ProviderSchedule:
    """Raises NotFound, VersionConflict, OverrideExists, or Invalid as for a new one."""
    override = _locked(work, ProviderSchedule, provider_id, override_id)
    target = as_changed(NewOverride, override, change)
    with translating(ONE_OF_A_TIME):
        change_row(work, "schedule.changed", override, dict(target))
    return override


def delete_rule(work: Work, provider_id: UUID, rule_id: UUID) -> None:
    """Raises NotFound or VersionConflict."""
    delete_row(
        work, "availability.deleted", _locked(work, ProviderAvailability, provider_id, rule_id)
    )


def delete_override(work: Work, provider_id: UUID, override_id: UUID) -> None:
    """Raises NotFound or VersionConflict."""
    delete_row(work, "schedule.deleted", _locked(work, ProviderSchedule, provider_id, override_id))


def lock_calendar(work: Work, provider_id: UUID) -> Provider:
    """The provider, whose calendar nobody else adds to before this transaction ends.

    Raises NotFound or Forbidden.
    """
    provider = queries.provider(work, provider_id, Permission.SCHEDULES_WRITE)
    work.session.execute(
        select(Provider.id).where(Provider.id == provider.id).with_for_update(key_share=True)
    )
    return provider


def refuse_too_many(
    work: Work, provider: Provider, kind: type[Row], limit: int, *, adding: int = 1
) -> None:
    """Raises TooMany where the provider would then have more than the limit."""
    count = work.session.scalar(
        select(func.count())
        .select_from(kind)
        .where(kind.tenant_id == provider.tenant_id, kind.provider_id == provider.id)
    )
    if (count or 0) + adding > limit:
        raise TooMany(f"A provider has at most {limit} of these.")


def _rule(provider: Provider, new: NewRule) -> ProviderAvailability:
    return ProviderAvailability(
        tenant_id=provider.tenant_id, provider_id=provider.id, **new.model_dump()
    )


def _listed(rules: Sequence[ProviderAvailability]) -> dict[str, Any]:
    return {"rules": [audit.snapshot(rule) for rule in rules]}


def _locked(work: Work, kind: type[Kind], provider_id: UUID, row_id: UUID) -> Kind:
    """Raises NotFound, Forbidden, or VersionConflict where the caller knows another version."""
    provider = queries.provider(work, provider_id, Permission.SCHEDULES_WRITE)
    found = work.session.scalar(
        select(kind)
        .where(
            kind.tenant_id == provider.tenant_id,
            kind.provider_id == provider.id,
            kind.id == row_id,
        )
        .with_for_update()
    )
    if found is None:
        raise NotFound("There is nothing of this id in the provider's calendar.")
    work.check_version(found)
    return found
