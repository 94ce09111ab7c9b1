"""What is said to mail servers that let us say several things at once, and to those that do not."""

from collections.abc import Iterator

import pytest
from tests.factories import make_appointment, make_notification, make_service, make_tenant

from sloty_shared.models import Notification, NotificationStatus

from .desk import Desk
from .post_office import DROP, PostOffice


@pytest.fixture(params=[False, True], ids=["in turn", "pipelined"])
def office(request: pytest.FixtureRequest) -> Iterator[PostOffice]:
    with PostOffice(pipelining=request.param) as office:
        yield office


def owed(desk: Desk, *recipients: str) -> list[Notification]:
    with desk.owning() as session:
        tenant = make_tenant(session)
        service = make_service(session, tenant=tenant)
        return [
            make_notification(
                session,
                appointment=make_appointment(session, tenant=tenant, service=service),
                recipient=recipient,
            )
            for recipient in recipients
        ]


def states(desk: Desk, rows: list[Notification]) -> list[NotificationStatus]:
    return sorted(desk.read(row).status for row in rows)


def test_one_connection_carries_a_batch(desk: Desk) -> None:
    rows = owed(desk, "jane@mail.example", "zoë@mail.example", "ada@mail.example")
    desk.deliver()
    assert states(desk, rows) == [NotificationStatus.SENT] * 3
    assert desk.office.connections == 1


def test_refused_recipient_is_no_trouble_to_the_next(desk: Desk) -> None:
    rows = owed(desk, "jane@mail.example", "ada@mail.example")
    desk.office.to_recipient.append("550 5.1.1 No such user here")
    desk.deliver()
    assert states(desk, rows) == [NotificationStatus.FAILED, NotificationStatus.SENT]
    assert (len(desk.office.accepted), desk.office.connections) == (1, 1)


def test_server_that_breaks_off_at_a_recipient_is_asked_for_the_others(desk: Desk) -> None:
    rows = owed(desk, "jane@mail.example", "ada@mail.example")
    desk.office.to_recipient.append(DROP)
    desk.deliver()
    assert states(desk, rows) == [NotificationStatus.PENDING, NotificationStatus.SENT]
    [put_off] = [row for row in map(desk.read, rows) if row.status is NotificationStatus.PENDING]
    # It counts: who breaks off at this recipient each time is not asked for ever.
    assert (put_off.attempts, put_off.forgiven) == (1, 0)
