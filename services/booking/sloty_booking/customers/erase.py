"""Erasing a person: nothing names them any more, while appointments and the audit's chain stay.

What is erased, in one transaction: the customer's own fields; the texts of their appointments; the
answers to forms and their files, whose bytes the worker removes; all participants of their
appointments, and the person among those of others; their wishes on the waitlist, which they leave;
the recipients and contents of messages, of which none is sent any more; their log-in with this
business; answers kept for repeated requests that name them; and what the audit's events said of
any of these, which is sealed as a salted hash: the salt goes too, so that the chain still verifies
and nobody can guess back what stood there. An event `customer.erased` says whom it concerned.

Backups and dumps made before hold what they held.
"""

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, case, delete, func, or_, select, update

from sloty_booking.appointments.actions import cancel
from sloty_booking.customers import queries
from sloty_booking.customers.person import Person, find_person
from sloty_booking.identity.actions import end_sessions
from sloty_booking.waitlist.actions import leave as leave_waitlist
from sloty_shared import audit
from sloty_shared.audit_chain import ERASED
from sloty_shared.encryption import NotOurs
from sloty_shared.errors import Conflict, Forbidden
from sloty_shared.models import (
    Account,
    Appointment,
    AppointmentParameter,
    AppointmentParticipant,
    AppointmentStatus,
    Channel,
    Customer,
    File,
    FileStatus,
    IdempotencyKey,
    Notification,
    NotificationStatus,
    User,
    UserStatus,
    VerificationToken,
    WaitlistEntry,
)
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.replay import PURPOSE
from sloty_shared.web.schemas import ApiModel
from sloty_shared.web.work import Work

NAME = "Erased"
REASON = "The customer's data were erased."
_CANCELLABLE = (
    AppointmentStatus.SCHEDULED,
    AppointmentStatus.CONFIRMED,
    AppointmentStatus.CHECKED_IN,
)
_UNSETTLED = (NotificationStatus.PENDING, NotificationStatus.SENDING)


class HasComingAppointments(Conflict):
    """The customer has coming appointments: cancel them, or say `cancelAppointments`."""

    code = "has_coming_appointments"
    title = "Has coming appointments"


class Erasure(ApiModel):
    cancel_appointments: bool = Field(
        False, description="Cancel the coming appointments first; nobody is told, as nobody can be."
    )


def erase_customer(work: Work, customer_id: UUID, *, cancel_appointments: bool) -> Customer:
    """The customer without a trace of the person; erased again, the answer is the same.

    Raises NotFound, HasComingAppointments unless they are to be cancelled, and Forbidden for a
    caller who may not cancel them.
    """
    customer = queries.customer_to_change(work, customer_id)
    # In the order in which a move of an appointment locks too: it comes to the customer last.
    _lock_appointments(work, customer)
    # Whoever accepts an offer locks the entry first, and then books for the customer.
    _lock_waitlist(work, customer)
    person = find_person(work, customer)
    _erase_fields(work, customer)
    coming = _coming(work, customer)
    if coming:
        _refuse_cancelling(work, coming, is_wanted=cancel_appointments)
    _erase_appointments(work, person)
    _erase_waitlist(work, person)
    entity_ids = person.entity_ids(work)
    _erase_files(work, person)
    _erase_messages(work, person)
    for appointment_id in coming:
        cancel(work, appointment_id, None)
    # Nobody is left who could be told of the cancelling; webhooks are.
    _erase_messages(work, person, but=Channel.WEBHOOK)
    _erase_participants(work, person)
    if person.account is not None:
        _erase_account(work, person.account)
    _forget_answers(work, person, entity_ids)
    forgotten = audit.forget(work.session, entity_ids)
    work.record(
        ERASED,
        customer,
        after={"erased": sorted(map(str, forgotten)), "cancelled": sorted(map(str, coming))},
    )
    return customer


def placeholder(row_id: UUID) -> str:
    """An address that is nobody's, and no other row's."""
    return f"erased-{row_id}@erased.invalid"


def _lock_appointments(work: Work, customer: Customer) -> None:
    query = select(Appointment.id).where(
        Appointment.tenant_id == work.tenant.id, Appointment.customer_id == customer.id
    )
    work.session.execute(query.order_by(Appointment.id).with_for_update(key_share=True)).all()


def _lock_waitlist(work: Work, customer: Customer) -> None:
    query = select(WaitlistEntry.id).where(
        WaitlistEntry.tenant_id == work.tenant.id, WaitlistEntry.customer_id == customer.id
    )
    work.session.execute(query.order_by(WaitlistEntry.id).with_for_update(key_share=True)).all()


def _erase_fields(work: Work, customer: Customer) -> None:
    """From here to the end nobody can book for this customer: bookings refer to the address's row."""
    customer.first_name = customer.last_name = NAME
    customer.email = placeholder(customer.id)
    customer.phone = customer.date_of_birth = customer.gender = customer.address = None
    customer.preferences = {}
    work.session.flush()


def _coming(work: Work, customer: Customer) -> list[UUID]:
    query = select(Appointment.id).where(
        Appointment.tenant_id == work.tenant.id,
        Appointment.customer_id == customer.id,
        Appointment.start_time > work.now,
        Appointment.status.in_(_CANCELLABLE),
    )
    return list(work.session.scalars(query.order_by(Appointment.id)))


def _refuse_cancelling(work: Work, coming: list[UUID], *, is_wanted: bool) -> None:
    if not is_wanted:
        raise HasComingAppointments(appointmentIds=[str(each) for each in coming])
    if work.caller.reach(Permission.APPOINTMENTS_WRITE) is not Reach.ALL:
        raise Forbidden("This needs the right to cancel the customer's appointments.")


def _erase_appointments(work: Work, person: Person) -> None:
    work.session.execute(
        update(Appointment)
        .where(
            Appointment.id.in_(person.appointment_ids),
            or_(*(column.is_not(None) for column in _TEXTS)),
        )
        .values(dict.fromkeys(_TEXTS))
        .execution_options(synchronize_session="fetch")
    )
    _execute(
        work,
        delete(AppointmentParameter).where(
            AppointmentParameter.appointment_id.in_(person.appointment_ids)
        ),
    )


_TEXTS = (
    Appointment.title,
    Appointment.notes,
    Appointment.internal_notes,
    Appointment.cancellation_reason,
)


def _erase_waitlist(work: Work, person: Person) -> None:
    entries = work.session.scalars(
        select(WaitlistEntry).where(WaitlistEntry.id.in_(person.waitlist_ids))
    )
    for entry in entries.all():
        entry.notes = None
        if entry.waits:
            leave_waitlist(work, entry)


def _erase_files(work: Work, person: Person) -> None:
    """Nobody sees them from here on. The bytes are in no transaction: the row stays to name them."""
    _execute(
        work,
        update(File)
        .where(person.files)
        .values(
            name=NAME,
            status=FileStatus.DOOMED.value,
            appointment_id=None,
            uploaded_by=None,
            expires_at=work.now,
        ),
    )


def _erase_messages(work: Work, person: Person, *, but: Channel | None = None) -> None:
    is_unsettled = Notification.status.in_(_UNSETTLED)
    is_addressed = Notification.channel != Channel.WEBHOOK
    # The ledger's key has the recipient in it, so that each row gets one of its own.
    nobody = func.concat("erased-", Notification.id, "@erased.invalid")
    change = update(Notification).where(person.messages)
    if but is not None:
        change = change.where(Notification.channel != but)
    _execute(
        work,
        change.values(
            recipient=case((is_addressed, nobody), else_=Notification.recipient),
            payload={},
            # A carrier's refusal may quote the address.
            reason=case((or_(is_unsettled, Notification.reason.is_not(None)), REASON)),
            status=case(
                (is_unsettled, NotificationStatus.SKIPPED.value), else_=Notification.status
            ),
        ),
    )


def _erase_participants(work: Work, person: Person) -> None:
    _execute(
        work,
        update(AppointmentParticipant)
        .where(person.participants)
        .values(name=NAME, email=None, phone=None, relationship_=None),
    )


def _erase_account(work: Work, account: User) -> None:
    """The person can log in here no more."""
    account.email, account.name = placeholder(account.id), NAME
    account.password = account.phone = account.avatar = account.email_verified = None
    account.status = UserStatus.INACTIVE
    work.session.flush()
    end_sessions(work, account)
    _execute(work, delete(Account).where(_belongs(Account, account)))
    _execute(work, delete(VerificationToken).where(_belongs(VerificationToken, account)))


def _belongs(table: type[Account | VerificationToken], account: User) -> ColumnElement[bool]:
    return (table.tenant_id == account.tenant_id) & (table.user_id == account.id)


def _forget_answers(work: Work, person: Person, entity_ids: list[UUID]) -> None:
    """Kept answers lie encrypted, so that each must be opened to see whom it names."""
    names = [str(each).encode() for each in entity_ids] + [person.email_key.encode()]
    kept = work.session.scalars(
        select(IdempotencyKey)
        .where(IdempotencyKey.tenant_id == work.tenant.id)
        .execution_options(yield_per=500)
    )
    doomed = [row.id for row in kept if _names_any(work, row, names)]
    _execute(work, delete(IdempotencyKey).where(IdempotencyKey.id.in_(doomed)))


def _names_any(work: Work, kept: IdempotencyKey, names: list[bytes]) -> bool:
    try:
        document = work.encryption.open(kept.response, PURPOSE).lower()
    except NotOurs:
        return True
    return any(name in document for name in names)


def _execute(work: Work, statement: Any) -> None:
    work.session.execute(statement.execution_options(synchronize_session=False))
