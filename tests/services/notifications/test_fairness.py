"""Who is sent to first: somebody who waits for a password, then each tenant in its turn."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from tests.factories import (
    make_appointment,
    make_notification,
    make_reminder_rule,
    make_tenant,
    make_user,
)

from sloty_notifications import ledger
from sloty_notifications.ledger import Claim
from sloty_shared.ids import new_id, token_hash
from sloty_shared.models import (
    Channel,
    Notification,
    NotificationKind,
    TokenPurpose,
    VerificationToken,
)

from .desk import ENCRYPTION, Desk

LEASE = timedelta(seconds=45)
_MORE = text(
    """
    INSERT INTO notifications
        (tenant_id, appointment_id, kind, channel, recipient, start_time, next_attempt_at)
    SELECT tenant_id, appointment_id, kind, channel, number || recipient, start_time,
           next_attempt_at - make_interval(secs => number)
    FROM notifications, generate_series(1, :count) number WHERE id = :id
    """
)


def owe(desk: Desk, count: int) -> UUID:
    """A tenant that owes so many messages; its id."""
    with desk.owning() as session:
        row = make_notification(session, appointment=make_appointment(session))
        session.execute(_MORE, {"id": row.id, "count": count - 1})
        return row.tenant_id


def owe_password(desk: Desk) -> Notification:
    """A user who waits for a mail to choose a password with."""
    with desk.owning() as session:
        user = make_user(session)
        proof = VerificationToken(
            id=new_id(),
            tenant_id=user.tenant_id,
            identifier=user.email,
            token_hash=b"",
            expires=datetime.now(UTC) + timedelta(hours=1),
            user_id=user.id,
            purpose=TokenPurpose.PASSWORD_RESET,
        )
        proof.token_hash = token_hash(ENCRYPTION.token(proof.purpose, proof.id))
        session.add(proof)
        owed = Notification(
            tenant_id=user.tenant_id,
            kind=NotificationKind.PASSWORD_RESET,
            channel=Channel.EMAIL,
            recipient=user.email,
            user_id=user.id,
            payload={"tokenId": str(proof.id)},
        )
        session.add(owed)
        session.flush()
        return owed


def claim(desk: Desk, batch: int = 20) -> list[Claim]:
    return ledger.claim(desk.database, Channel.EMAIL, now=desk.now(), lease=LEASE, batch=batch)


def test_password_goes_before_everything(desk: Desk) -> None:
    owe(desk, 100)
    urgent = owe_password(desk)
    assert claim(desk)[0].notification_id == urgent.id


def test_tenants_take_turns(desk: Desk) -> None:
    large = owe(desk, 500)
    small = [owe(desk, count) for count in (1, 2, 30)]
    shares = Counter(each.tenant_id for each in claim(desk))
    assert sum(shares.values()) == 20
    assert [shares[tenant_id] for tenant_id in small] == [1, 2, 8]
    assert shares[large] == 9


def test_one_tenant_alone_has_the_whole_batch(desk: Desk) -> None:
    owe(desk, 30)
    assert [len(claim(desk)) for _ in range(3)] == [20, 10, 0]


def test_no_tenant_of_many_is_left_out(desk: Desk) -> None:
    tenants = {owe(desk, 40) for _ in range(60)}
    served = {each.tenant_id for _ in range(25) for each in claim(desk)}
    assert served == tenants


def test_oldest_of_a_tenant_goes_first(desk: Desk) -> None:
    owe(desk, 50)
    claims = claim(desk)
    with desk.owning() as session:
        taken = [session.get_one(Notification, each.notification_id) for each in claims]
    numbers = [int(row.recipient.partition("customer")[0] or 0) for row in taken]
    assert sorted(numbers, reverse=True) == list(range(49, 29, -1))


def test_claim_among_thousands_stays_quick(desk: Desk) -> None:
    owe(desk, 5000)
    for _ in range(20):
        owe(desk, 5)
    started = time.monotonic()
    for _ in range(20):
        assert len(claim(desk)) == 20
    assert time.monotonic() - started < 5


def test_password_overtakes_a_flood_of_reminders(desk: Desk, *, long_run: bool) -> None:
    count = 50_000 if long_run else 300
    with desk.owning() as session:
        tenant = make_tenant(session)
        make_reminder_rule(session, tenant=tenant)
        make_appointment(session, tenant=tenant)
    owe(desk, count)
    urgent = owe_password(desk)
    started = time.monotonic()
    desk.deliver()
    sent = desk.read(urgent)
    assert sent.sent_at is not None
    assert desk.office.handed[0]["X-Sloty-Kind"] == "PASSWORD_RESET"
    assert time.monotonic() - started < 20
