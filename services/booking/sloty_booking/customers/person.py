"""Where one customer's person stands in the rows of a business, besides the customer itself.

A person is known by the e-mail address: they may also have a log-in here, and take part in the
appointments of others.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select, union

from sloty_shared.models import (
    Appointment,
    AppointmentParticipant,
    Customer,
    File,
    FileStatus,
    Notification,
    User,
    UserRole,
    WaitlistEntry,
    WaitlistOffer,
)
from sloty_shared.web.work import Work


@dataclass(frozen=True, slots=True)
class Person:
    """The customer, the address in lower case as it was when this was made, and their log-in.

    `account` is that of somebody who books here; whoever works here stays who they are.
    """

    customer: Customer
    email_key: str
    account: User | None

    @property
    def appointment_ids(self) -> Select[UUID]:
        return select(Appointment.id).where(
            Appointment.tenant_id == self.customer.tenant_id,
            Appointment.customer_id == self.customer.id,
        )

    @property
    def participants(self) -> ColumnElement[bool]:
        """All participants of their appointments, and themselves in those of others."""
        return and_(
            AppointmentParticipant.tenant_id == self.customer.tenant_id,
            or_(
                AppointmentParticipant.appointment_id.in_(self.appointment_ids),
                func.lower(AppointmentParticipant.email) == self.email_key,
            ),
        )

    @property
    def waitlist_ids(self) -> Select[UUID]:
        return select(WaitlistEntry.id).where(
            WaitlistEntry.tenant_id == self.customer.tenant_id,
            WaitlistEntry.customer_id == self.customer.id,
        )

    @property
    def files(self) -> ColumnElement[bool]:
        """What answers the forms of their appointments, and what they uploaded themselves."""
        return and_(
            File.tenant_id == self.customer.tenant_id,
            File.status == FileStatus.STORED,
            or_(
                File.appointment_id.in_(self.appointment_ids),
                File.uploaded_by == (self.account.id if self.account else None),
            ),
        )

    @property
    def messages(self) -> ColumnElement[bool]:
        """Each part of the union has an index of its own, so that no ledger is read whole."""
        taken_part = select(AppointmentParticipant.appointment_id, AppointmentParticipant.id).where(
            self.participants
        )
        found: Subquery = union(
            self._messages(Notification.appointment_id.in_(self.appointment_ids)),
            self._messages(
                Notification.appointment_id.in_(
                    taken_part.with_only_columns(AppointmentParticipant.appointment_id)
                ),
                Notification.participant_id.in_(
                    taken_part.with_only_columns(AppointmentParticipant.id)
                ),
            ),
            self._messages(
                Notification.waitlist_offer_id.in_(
                    select(WaitlistOffer.id).where(WaitlistOffer.entry_id.in_(self.waitlist_ids))
                ),
            ),
            self._messages(
                Notification.user_id == (self.account.id if self.account else None),
                Notification.user_id.is_not(None),
            ),
        ).subquery()
        return Notification.id.in_(select(found.c.id))

    def _messages(self, *conditions: ColumnElement[bool]) -> Select[UUID]:
        return select(Notification.id).where(
            Notification.tenant_id == self.customer.tenant_id, *conditions
        )

    def entity_ids(self, work: Work) -> list[UUID]:
        """The ids under which the audit may tell of them."""
        found: list[UUID] = [self.customer.id]
        found += work.session.scalars(self.appointment_ids)
        found += work.session.scalars(select(AppointmentParticipant.id).where(self.participants))
        found += work.session.scalars(self.waitlist_ids)
        found += work.session.scalars(select(Notification.id).where(self.messages))
        found += work.session.scalars(select(File.id).where(self.files))
        if self.account is not None:
            found.append(self.account.id)
        return found


def find_person(work: Work, customer: Customer) -> Person:
    account: Any = work.session.scalar(
        select(User).where(
            User.tenant_id == work.tenant.id,
            User.email_key == customer.email_key,
            User.role == UserRole.USER,
        )
    )
    return Person(customer=customer, email_key=customer.email_key, account=account)
