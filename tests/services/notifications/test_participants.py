"""What participants of an appointment are told, and what they may wish."""

from datetime import UTC, datetime

import pytest

from sloty_shared.invitation import InvitationLink
from sloty_shared.models import (
    Appointment,
    AppointmentParticipant,
    ParticipantStatus,
)

from .desk import ENCRYPTION, PUBLIC_URL, Desk
from .test_letters import text_of
from .test_wishes import HOUR, SECOND, booked


def test_participants_are_reminded_and_not_counted(desk: Desk) -> None:
    appointment = booked(desk, customer={"email": "jane@mail.example"})
    people = {
        "Bob": ("bob@mail.example", ParticipantStatus.CONFIRMED),
        "Jane again": ("JANE@mail.example", ParticipantStatus.INVITED),
        "Eve": ("eve@mail.example", ParticipantStatus.DECLINED),
        "Kid": (None, ParticipantStatus.INVITED),
    }
    with desk.owning() as session:
        for name, (email, status) in people.items():
            session.add(
                AppointmentParticipant(
                    tenant_id=appointment.tenant_id,
                    appointment_id=appointment.id,
                    name=name,
                    email=email,
                    status=status,
                )
            )
    desk.wait(2 * HOUR + SECOND)
    for _ in range(2):
        desk.change(appointment, remind_at=datetime.now(UTC))
        desk.scan()
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in desk.office.accepted}
    assert sorted(mails) == ["bob@mail.example", "jane@mail.example"]
    assert desk.read(appointment).reminders_sent == 1
    letter = str(mails["bob@mail.example"])
    assert "Hello Bob" in letter
    assert appointment.confirmation_code not in letter


def add_bob(desk: Desk, appointment: Appointment) -> AppointmentParticipant:
    with desk.owning() as session:
        bob = AppointmentParticipant(
            tenant_id=appointment.tenant_id,
            appointment_id=appointment.id,
            name="Bob",
            email="bob@mail.example",
        )
        session.add(bob)
    return bob


def test_participant_answers_and_unsubscribes_by_a_link_of_their_own(desk: Desk) -> None:
    appointment = booked(desk)
    bob = add_bob(desk, appointment)
    desk.wait(2 * HOUR + SECOND)
    desk.scan()
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in desk.office.accepted}
    letter = mails.pop("bob@mail.example")
    link = InvitationLink(bob.tenant_id, bob.id)
    page = PUBLIC_URL + link.path(ENCRYPTION)
    assert str(letter["List-Unsubscribe"]) == f"<{page}?to=unsubscribe>"
    assert f"Will you come? Answer here: {page}\n" in text_of(letter)
    assert f'href="{page}"' in text_of(letter, "html")
    [others] = mails.values()
    assert link.token(ENCRYPTION) not in str(others)


@pytest.mark.parametrize("planned_before", [True, False])
def test_participant_who_unsubscribed_is_not_reminded(desk: Desk, *, planned_before: bool) -> None:
    appointment = booked(desk)
    bob = add_bob(desk, appointment)
    desk.wait(2 * HOUR + SECOND)
    if planned_before:
        desk.plan()
    desk.change(bob, wants_reminders=False)
    desk.scan()
    assert len(desk.office.accepted) == 1
    his = [each for each in desk.notifications(appointment) if each.participant_id == bob.id]
    reasons = ["The participant wants no reminders."] if planned_before else []
    assert [each.reason for each in his] == reasons
    assert desk.read(appointment).reminders_sent == 1
