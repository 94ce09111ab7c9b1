"""A scan costs what has come free, however many wait and however much is held for later."""

from typing import Any

import pytest
from sqlalchemy import event, text

from sloty_notifications.waitlist.offer import offer_times

from .line import AT_NINE, AT_TEN, Line

WAITING = 4000
# Three transactions: an offer, a look that finds nobody else, and one that finds nothing due.
MOST_STATEMENTS = 33
# They wait for dates that cannot be booked yet.
_MORE_ENTRIES = """
    INSERT INTO waitlist_entries
        (tenant_id, service_id, customer_id, from_date, to_date, code, joined_at, look_at)
    SELECT tenant_id, service_id, customer_id, from_date + 400 + n, to_date + 400 + n,
        uuidv7(), joined_at,
        '2028-01-01Z'
    FROM waitlist_entries, generate_series(1, %s) n WHERE id = %s
"""
# What holds that expire later have written down.
_FREE_LATER = """
    INSERT INTO freed_times (tenant_id, provider_id, freed_from, freed_until, look_at)
    SELECT tenant_id, id, '2028-01-01Z', '2028-01-02Z', '2028-01-01Z'
    FROM providers, generate_series(1, %s) n WHERE tenant_id = %s
"""
_DUE = "SELECT * FROM due_waitlists(:now, 500)"


@pytest.fixture
def crowd(line: Line) -> Line:
    """A line of thousands in which nothing is to be done."""
    entry = line.join()
    line.scan()
    fill(line, entry)
    return line


def fill(line: Line, entry: Any) -> None:
    """Thousands more who wait, and as many times that come free some day."""
    line.change(_MORE_ENTRIES, WAITING, entry["id"])
    line.change(_FREE_LATER, WAITING, line.shop.tenant["id"])
    line.change("ANALYZE waitlist_entries, freed_times")


def sent_by_scan(line: Line) -> list[str]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(line.database.engine, "before_cursor_execute", note)
    offer_times(line.database, now=line.clock.now)
    event.remove(line.database.engine, "before_cursor_execute", note)
    return statements


def pages_read(line: Line) -> int:
    """Pages that the services' role touches to learn that there is nothing to do."""
    with line.database.transaction() as session:
        session.execute(text(_DUE), {"now": line.clock.now})
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {_DUE}"
        [top] = session.execute(text(explain), {"now": line.clock.now}).scalar_one()
    plan: dict[str, int] = top["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def test_nothing_to_do_costs_one_look(crowd: Line) -> None:
    assert len(sent_by_scan(crowd)) == 1
    assert pages_read(crowd) < 30


def test_freed_time_costs_the_same_for_any_line(line: Line) -> None:
    first, second, third = [line.join() for _ in range(3)]
    line.scan()
    line.free()
    alone = sent_by_scan(line)
    fill(line, third)
    line.free(1)
    sent = sent_by_scan(line)
    assert [line.offered(entry) for entry in (first, second)] == [AT_NINE, AT_TEN]
    assert len(sent) == len(alone) <= MOST_STATEMENTS, "\n\n".join(sent)


def test_freed_times_cost_little_where_nobody_waits(line: Line) -> None:
    for place in range(3):
        line.free(place)
    assert len(sent_by_scan(line)) == 8
    assert len(sent_by_scan(line)) == 1
