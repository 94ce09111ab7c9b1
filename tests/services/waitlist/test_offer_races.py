"""Two workers look into one line, two clicks accept one offer, a worker dies in the middle."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import event, text

from sloty_notifications.waitlist.offer import offer_times

from .line import AT_NINE, AT_TEN, HALF_AN_HOUR, Line

T = TypeVar("T")


def at_once(*calls: Callable[[], T]) -> list[T]:
    together = Barrier(len(calls))

    def begin(call: Callable[[], T]) -> T:
        together.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(begin, calls))


def test_scans_at_once_make_one_offer_a_time(line: Line) -> None:
    entries = [line.join() for _ in range(4)]
    line.free(0)
    line.free(1)
    at_once(*[line.scan] * 4)
    # A scan that met another in this line has left it alone, and may have come first.
    line.scan()
    assert line.offers_made() == 2
    assert [line.offered(entry) for entry in entries] == [AT_NINE, AT_TEN, None, None]
    assert [len(line.messages(entry)) for entry in entries] == [1, 1, 0, 0]


def test_line_that_another_worker_has_is_left_to_it(line: Line) -> None:
    entry = line.join()
    line.free()
    name = f"waitlist {line.shop.tenant['id']}"
    with line.database.transaction(UUID(line.shop.tenant["id"])) as session:
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
        )
        assert line.scan() == 0
    assert line.scan() == 1
    assert line.statuses(entry) == ["OFFERED"]


def test_accepted_twice_at_once_is_booked_once(line: Line) -> None:
    entry = line.join()
    line.free()
    line.scan()
    answers = at_once(*[lambda: line.answer(entry, "accept")] * 4)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused == {"no_offer"}
    booked = line.shop.booking.get("/v1/appointments", customerId=entry["customerId"])["items"]
    assert [each["startTime"] for each in booked] == [AT_NINE]


def test_accepted_and_declined_at_once_is_one_of_both(line: Line) -> None:
    entry = line.join()
    line.free()
    line.scan()
    answers = at_once(
        lambda: line.answer(entry, "accept").status_code,
        lambda: line.answer(entry, "decline").status_code,
    )
    assert answers in ([201, 409], [409, 200])
    expected = "BOOKED" if answers[0] == 201 else "WAITING"
    assert line.statuses(entry) == [expected]


def test_entry_that_is_just_being_changed_keeps_its_place(line: Line) -> None:
    first, second = line.join(), line.join()
    line.scan()
    line.free()
    with line.database.transaction(UUID(line.shop.tenant["id"])) as session:
        locked = text("SELECT FROM waitlist_entries WHERE id = :id FOR UPDATE")
        session.execute(locked, {"id": first["id"]})
        assert line.scan() == 0
    assert line.scan() == 1
    assert line.statuses(first, second) == ["OFFERED", "WAITING"]


class Killed(BaseException):
    """What ends the work as the kill of its process would: nothing after it is done."""


def kill_before(line: Line, statement: str) -> None:
    """A scan that ends right before the first statement that begins so, with nothing committed."""

    def die(_connection: Any, _cursor: Any, sent: str, *_more: Any) -> None:
        if sent.startswith(statement):
            raise Killed

    event.listen(line.database.engine, "before_cursor_execute", die)
    with pytest.raises(Killed):
        line.scan()
    event.remove(line.database.engine, "before_cursor_execute", die)


@pytest.mark.parametrize("table", ["waitlist_offers", "notifications", "audit_events"])
def test_worker_that_dies_has_done_nothing_by_halves(line: Line, table: str) -> None:
    entry = line.join()
    line.scan()
    line.free()
    kill_before(line, f"INSERT INTO {table}")
    assert line.statuses(entry) == ["WAITING"]
    assert line.offers_made() == 0
    holds = "SELECT * FROM held_times WHERE tenant_id = %s AND appointment_id IS NULL"
    assert line.rows(holds, line.shop.tenant["id"]) == []
    assert line.scan() == 1
    assert line.offered(entry) == AT_NINE
    assert len(line.messages(entry)) == 1


def test_worker_that_dies_while_an_offer_lapses_forgets_nobody(line: Line) -> None:
    first, second = line.join(), line.join()
    line.free()
    line.scan()
    line.clock.pass_by(HALF_AN_HOUR)
    kill_before(line, "DELETE FROM held_times")
    assert line.statuses(first, second) == ["OFFERED", "WAITING"]
    assert line.scan() == 1
    assert line.statuses(first, second) == ["WAITING", "OFFERED"]


def test_line_that_cannot_be_read_is_put_off(line: Line) -> None:
    line.join()
    line.free()
    zone = "UPDATE locations SET timezone = %s WHERE tenant_id = %s"
    line.change(zone, "Mars/Olympus", line.shop.tenant["id"])
    assert line.scan() == 0
    line.change(zone, "Europe/Berlin", line.shop.tenant["id"])
    line.clock.pass_by(timedelta(hours=1))
    offer_times(line.database, now=line.clock.now)
    assert line.offers_made() == 1
