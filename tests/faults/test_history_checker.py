"""The checker of histories refuses each kind of bad one, and none that is merely unlucky."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .history import Call, History, Op, Row, Span
from .history_checker import check

NINE = datetime(2027, 3, 22, 9, 0, tzinfo=UTC)
HALF = timedelta(minutes=30)
SPAN = Span("mary", NINE, NINE + 2 * HALF)
SHIFTED = Span("mary", NINE + HALF, NINE + 3 * HALF)
LATER = Span("mary", NINE + 4 * HALF, NINE + 6 * HALF)
SESSION = replace(SPAN, group="yoga", places=2)


def call(number: int, op: Op, began: float, ended: float, **more: Any) -> Call:
    status = more.pop("status", 200 if op in (Op.CANCEL, Op.LIST) else 201)
    return Call(number, number, op, began, ended, status, **more)


def booked(number: int, began: float, ended: float, span: Span = SPAN, **more: Any) -> Call:
    """A booking that was answered with the row of this number."""
    made = {"wanted": (span,), "taken": span, "made": f"row {number}", "key": f"key {number}"}
    return call(number, Op.BOOK, began, ended, **(made | more))


def refused(number: int, began: float, ended: float, span: Span = SPAN, **more: Any) -> Call:
    conflict = {"status": 409, "code": "slot_unavailable", "key": f"key {number}"} | more
    return call(number, Op.BOOK, began, ended, wanted=(span,), **conflict)


def unanswered(number: int, began: float, ended: float, span: Span = SPAN, **more: Any) -> Call:
    nothing = {"status": None, "key": f"key {number}"} | more
    return call(number, Op.BOOK, began, ended, wanted=(span,), **nothing)


def cancelled(number: int, began: float, ended: float, target: int, **more: Any) -> Call:
    return call(number, Op.CANCEL, began, ended, target=f"row {target}", **more)


def moved(number: int, began: float, ended: float, target: int, span: Span) -> Call:
    made = {"wanted": (span,), "taken": span, "made": f"row {number}", "key": f"key {number}"}
    return call(number, Op.MOVE, began, ended, target=f"row {target}", **made)


def listed(number: int, began: float, ended: float, *shown: Span) -> Call:
    return call(number, Op.LIST, began, ended, shown=shown)


def row(number: int, span: Span = SPAN, status: str = "SCHEDULED", **more: Any) -> Row:
    return Row(f"row {number}", span, status, **({"key": f"key {number}"} | more))


GOOD = {
    "booked, refused, cancelled, booked again": History(
        [
            booked(1, 0, 2),
            refused(2, 1, 3),
            cancelled(3, 4, 6, target=1),
            refused(4, 5, 5.5, SHIFTED),
            booked(5, 5, 7, SHIFTED),
            listed(6, 8, 9, LATER),
        ],
        [row(1, status="CANCELLED"), row(5, SHIFTED)],
    ),
    "listed while it was being booked": History([booked(1, 0, 2), listed(2, 1, 3, SPAN)], [row(1)]),
    "refused for one whose end nobody knows": History(
        [unanswered(1, 0, 1), refused(2, 50, 51)], [row(1)]
    ),
    "not answered, done or not": History(
        [unanswered(1, 0, 1), unanswered(2, 0, 1, LATER)], [row(2, LATER)]
    ),
    "cancelled by a call that was not answered": History(
        [booked(1, 0, 1), cancelled(2, 2, 3, target=1, status=503), booked(3, 4, 5)],
        [row(1, status="CANCELLED"), row(3)],
    ),
    "moved into its own old time": History(
        [booked(1, 0, 1), moved(2, 2, 3, 1, SHIFTED)],
        [
            row(1, status="RESCHEDULED", moved_to="row 2"),
            row(2, SHIFTED, key="key 1", moved_from="row 1"),
        ],
    ),
    "asked again with its key": History(
        [unanswered(1, 0, 1, key="k"), booked(2, 2, 3, key="k")], [row(2, key="k")]
    ),
    "refused, and told so again once the time was free": History(
        [
            booked(1, 0, 1),
            unanswered(2, 2, 3),
            cancelled(3, 4, 5, target=1),
            refused(4, 6, 7, key="key 2"),
        ],
        [row(1, status="CANCELLED")],
    ),
    "two places of a session, and no third": History(
        [booked(1, 0, 1, SESSION), booked(2, 0, 1, SESSION), refused(3, 2, 3, SESSION)],
        [row(1, SESSION), row(2, SESSION)],
    ),
    "a hold that was booked": History(
        [
            call(1, Op.HOLD, 0, 1, wanted=(SPAN,), taken=SPAN, made="row 1"),
            refused(2, 2, 3),
            booked(3, 4, 5, target="row 1"),
        ],
        [row(3)],
    ),
}

BAD = {
    "answer": History([call(1, Op.BOOK, 0, 1, status=500)]),
    "overlap": History(
        [unanswered(1, 0, 9), unanswered(2, 0, 9, SHIFTED)], [row(1), row(2, SHIFTED)]
    ),
    "two holders": History(
        [
            booked(1, 0, 1),
            booked(2, 2, 3, SHIFTED),
            cancelled(3, 4, 5, target=1),
        ],
        [row(1, status="CANCELLED"), row(2, SHIFTED)],
    ),
    "places": History(
        [booked(number, 0, 1, SESSION) for number in range(3)],
        [row(number, SESSION) for number in range(3)],
    ),
    "lost": History([booked(1, 0, 1)]),
    "lost: ended by nobody": History(
        [booked(1, 0, 1), cancelled(2, 2, 3, target=1, status=409, code="invalid_transition")],
        [row(1, status="CANCELLED")],
    ),
    "lost: at another time": History([booked(1, 0, 1)], [row(1, LATER)]),
    "lost end": History([booked(1, 0, 1), cancelled(2, 2, 3, target=1)], [row(1)]),
    "lost end: not linked": History(
        [booked(1, 0, 1), moved(2, 2, 3, 1, LATER)],
        [row(1, status="RESCHEDULED"), row(2, LATER, key="key 1", moved_from="row 1")],
    ),
    "phantom": History([refused(1, 0, 1), booked(2, 0, 1)], [row(1, LATER), row(2)]),
    "phantom end": History([unanswered(1, 0, 1)], [row(1, status="CANCELLED")]),
    "unjustified": History([booked(1, 2, 3), refused(2, 0, 1)], [row(1)]),
    "unjustified: it had ended": History(
        [booked(1, 0, 1), cancelled(2, 2, 3, target=1), refused(3, 4, 5)],
        [row(1, status="CANCELLED")],
    ),
    "unjustified: another time": History(
        [booked(1, 0, 3, LATER), refused(2, 1, 2)], [row(1, LATER)]
    ),
    "unjustified: a place was left": History(
        [booked(1, 0, 1, SESSION), refused(2, 2, 3, SESSION)], [row(1, SESSION)]
    ),
    "unjustified: nobody ended it": History(
        [booked(1, 0, 1), cancelled(2, 2, 3, target=1, status=409, code="invalid_transition")],
        [row(1)],
    ),
    "unjustified: nobody had used the hold": History(
        [
            call(1, Op.HOLD, 0, 1, wanted=(SPAN,), taken=SPAN, made="row 1"),
            refused(2, 2, 3, code="hold_expired", target="row 1"),
        ],
        [row(1, status="HELD")],
    ),
    "repeated": History(
        [booked(1, 0, 1, key="k"), booked(2, 0, 1, LATER, key="k")],
        [row(1, key="k"), row(2, LATER, key="other")],
    ),
    "repeated: in two rows": History(
        [unanswered(1, 0, 1, key="k"), unanswered(2, 0, 1, LATER, key="k")],
        [row(1, key="k"), row(2, LATER, key="k")],
    ),
    "repeated: in other words": History(
        [booked(1, 0, 1, body="a"), booked(2, 0, 1, made="row 1", key="key 1", body="b")], [row(1)]
    ),
    "stale": History([booked(1, 0, 1), listed(2, 2, 3, SHIFTED)], [row(1)]),
}


@pytest.mark.parametrize("history", GOOD.values(), ids=GOOD)
def test_good_history_is_believed(history: History) -> None:
    assert check(history) == []


@pytest.mark.parametrize("rule", BAD)
def test_bad_history_is_refused_by_its_rule(rule: str) -> None:
    named = {fault.partition(":")[0] for fault in check(BAD[rule])}
    assert rule.partition(":")[0] in named


def test_no_rule_is_idle() -> None:
    """Each is the only one that refuses some history."""
    alone = {frozenset(fault.partition(":")[0] for fault in check(bad)) for bad in BAD.values()}
    rules = {rule.partition(":")[0] for rule in BAD}
    assert alone >= {frozenset({rule}) for rule in rules}
