"""On whose behalf a caller acts: for the business, or for the customer of one appointment."""

from datetime import timedelta
from uuid import UUID

from sloty_shared.errors import Conflict, Forbidden
from sloty_shared.models import Appointment, UserRole
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.work import Work


class TooLate(Conflict):
    """The business takes no cancellation or move from customers this shortly before the start."""

    code = "too_late"
    title = "Too late"


def acts_for_customer(work: Work) -> bool:
    """A USER, or whoever has the confirmation code; staff and the provider act for the business."""
    caller = work.caller_or_none
    if caller is None:
        return True
    everywhere = caller.reach(Permission.APPOINTMENTS_WRITE) is Reach.ALL
    return not everywhere and caller.role is not UserRole.PROVIDER


def refuse_customer(work: Work) -> None:
    """Raise Forbidden unless the caller acts for the business."""
    if acts_for_customer(work):
        raise Forbidden("Only the business itself does this.")


def refuse_too_late(work: Work, appointment: Appointment) -> None:
    """Raise TooLate where the tenant's `cancellationCutoffHours` bind the caller and have begun."""
    hours = work.tenant.settings.get("cancellationCutoffHours")
    if hours is None or not acts_for_customer(work):
        return
    until = appointment.start_time - timedelta(hours=hours)
    if work.now > until:
        raise TooLate(until=until.isoformat().replace("+00:00", "Z"))


def booker_id(work: Work) -> UUID | None:
    """The tenant's user who books, if it is one."""
    return work.caller.member_id if work.caller_or_none else None
