"""Opening and closing providers' calendars."""

from uuid import UUID

from sloty_availability.schedules import queries
from sloty_availability.schedules.schemas import NewOverride, NewRule
from sloty_shared import audit
from sloty_shared.database import translating
from sloty_shared.errors import Conflict
from sloty_shared.models import ProviderAvailability, ProviderSchedule
from sloty_shared.web.work import Work


class OverrideExists(Conflict):
    """The provider has an override for exactly this time."""

    code = "override_exists"
    title = "Override exists"


def create_rule(work: Work, provider_id: UUID, new: NewRule) -> ProviderAvailability:
    """Raises NotFound for a provider that is not there."""
    provider = queries.provider(work, provider_id)
    rule = ProviderAvailability(
        tenant_id=provider.tenant_id, provider_id=provider.id, **new.model_dump()
    )
    work.session.add(rule)
    work.session.flush()
    work.record("availability.created", rule)
    return rule


def create_override(work: Work, provider_id: UUID, new: NewOverride) -> ProviderSchedule:
    """Raises NotFound for a provider that is not there, or OverrideExists."""
    provider = queries.provider(work, provider_id)
    override = ProviderSchedule(
        tenant_id=provider.tenant_id, provider_id=provider.id, **new.model_dump()
    )
    work.session.add(override)
    with translating(
        {"uq_provider_schedules_provider_id_date_start_time_end_time": OverrideExists}
    ):
        work.session.flush()
    work.record("schedule.created", override)
    return override


def delete_rule(work: Work, provider_id: UUID, rule_id: UUID) -> None:
    """Raises NotFound."""
    _delete(work, "availability.deleted", queries.rule(work, provider_id, rule_id))


def delete_override(work: Work, provider_id: UUID, override_id: UUID) -> None:
    """Raises NotFound."""
    _delete(work, "schedule.deleted", queries.override(work, provider_id, override_id))


def _delete(work: Work, action: str, row: ProviderAvailability | ProviderSchedule) -> None:
    before = audit.snapshot(row)
    work.session.delete(row)
    work.session.flush()
    audit.record(work.session, work.actor, action, row, before=before, after={})
