"""Moving what is left of a series by as much wall time as its first is moved."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sloty_booking.appointments.cancel_many import lock_many
from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.appointments.reschedule import (
    kind_of_move,
    move_one,
    refuse_foreign_move,
)
from sloty_booking.appointments.schemas import StaffMove
from sloty_booking.appointments.who_acts import TooLate
from sloty_booking.notifications.together import Change, owe_together
from sloty_booking.series import queries
from sloty_booking.series.recurrence import Occurrence, instant_of, is_in_years
from sloty_booking.series.reports import Moved, refuse_all, skipped_hour
from sloty_booking.series.schemas import OnConflict, SeriesMove
from sloty_shared.errors import Conflict, FieldError, Invalid, SlotyError
from sloty_shared.holding import lock_calendars
from sloty_shared.models import Appointment, AppointmentSeries, InvalidTransition
from sloty_shared.web.work import Work

_REFUSALS: tuple[type[SlotyError], ...] = (*REFUSALS.values(), InvalidTransition, TooLate)


class NothingToMove(Conflict):
    """Nothing of this series stands from there on."""

    code = "nothing_to_move"
    title = "Nothing to move"


def reschedule_series(
    work: Work, series_id: UUID, wanted: SeriesMove
) -> tuple[AppointmentSeries, list[Moved]]:
    """Each that stands is moved as if alone, and the new ones stay in the series.

    Raises NotFound, Forbidden, NothingToMove, and SeriesConflict or SeriesNotBookable where one is
    refused and none may be, or all are; Invalid for a time too far away.
    """
    series = queries.series(work, series_id)
    queries.refuse_foreign_series(work, series)
    affected = queries.standing_from(work, series, wanted.since)
    asked = {wanted.provider_id} if wanted.provider_id else set()
    lock_calendars(work.session, work.tenant.id, queries.provider_ids(work, series) | asked)
    standing = lock_many(work, affected)
    if not standing:
        raise NothingToMove
    for provider_id in {wanted.provider_id or each.provider_id for each in standing}:
        refuse_foreign_move(work, wanted, provider_id)
    done = _move_each(work, standing, wanted, ZoneInfo(series.timezone))
    refused = [each for each in done if each.refusal is not None]
    if refused and (wanted.on_conflict is OnConflict.REJECT or len(refused) == len(done)):
        raise refuse_all(refused)
    new = [each.new for each in done if each.new is not None]
    owe_together(work, [Change(kind_of_move(each), each) for each in new])
    return series, done


def _move_each(
    work: Work, standing: Sequence[Appointment], wanted: SeriesMove, zone: ZoneInfo
) -> list[Moved]:
    """In time order; but what comes last moves first to later times, and makes room for the others."""
    first = _local(standing[0].start_time, zone)
    shift = _local(wanted.start_time, zone) - first
    later = wanted.start_time > standing[0].start_time
    goals = {
        old.id: _occurrence(old, shift, wanted, zone, is_first=old is standing[0])
        for old in standing
    }
    done = [
        _move(work, old, goals[old.id], wanted)
        for old in (reversed(standing) if later else standing)
    ]
    return done[::-1] if later else done


def _occurrence(
    old: Appointment, shift: timedelta, wanted: SeriesMove, zone: ZoneInfo, *, is_first: bool
) -> Occurrence:
    local = _local(old.start_time, zone) + shift
    if not is_in_years(local):
        raise Invalid(errors=[FieldError("/startTime", "Some of them would lie too far away")])
    return Occurrence(local, wanted.start_time if is_first else instant_of(local, zone))


def _move(work: Work, old: Appointment, occurrence: Occurrence, wanted: SeriesMove) -> Moved:
    """What is refused stays where it is: the savepoint gives it its time back."""
    if occurrence.start is None:
        return Moved(old, occurrence, refusal=skipped_hour())
    move = StaffMove.model_construct(
        start_time=occurrence.start,
        provider_id=wanted.provider_id,
        ignore_availability=wanted.ignore_availability,
    )
    try:
        with work.session.begin_nested():
            new, _ = move_one(work, old, move, wanted.provider_id or old.provider_id)
    except _REFUSALS as refusal:
        return Moved(old, occurrence, refusal=refusal)
    return Moved(old, occurrence, new)


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
