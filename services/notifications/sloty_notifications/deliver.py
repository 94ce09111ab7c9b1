"""Delivering: claim what is due, make sure that it is still true, send it, record what came of it."""

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from structlog.contextvars import bind_contextvars, bound_contextvars

from sloty_notifications import ledger, tally
from sloty_notifications.channels.carrier import Carrier, Deferred, Gone, OutOfReach, Refused
from sloty_notifications.clock import Clock
from sloty_notifications.ledger import Claim
from sloty_notifications.prepare import Stationery, Writing, prepare
from sloty_notifications.retry import most_tries
from sloty_notifications.tally import Outcome
from sloty_shared.database import Database
from sloty_shared.models import Channel, Notification

BATCH = 20
# No new message is begun after this; what is left goes back and to the next run.
LONGEST_SECONDS = 8.0
# Between attempts to record that a message was accepted: without the record it is sent again.
RECORD_PAUSES = (0.3, 0.7, 1.5)
INTERNAL_ERROR = "The message could not be prepared or sent, by an error of ours."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One run of one channel and what it works with.

    `call_another` asks for a further run beside or after this one; `is_stopping` says that the
    worker is to end soon.
    """

    database: Database
    channel: Channel
    carrier: Carrier[Any]
    stationery: Stationery
    clock: Clock
    lease: timedelta
    call_another: Callable[[], None]
    is_stopping: Callable[[], bool] = lambda: False


def deliver(run: Delivery) -> None:
    """Send what is due on the channel until nothing is left, time is up or the worker stops.

    While the carrier is out of reach one message is tried and the others stay as they were.
    """
    ask_for_help = _once(run.call_another)
    stop_at = time.monotonic() + LONGEST_SECONDS
    try:
        while not _is_over(run, stop_at):
            claims = ledger.claim(
                run.database, run.channel, now=run.clock(), lease=run.lease, batch=BATCH
            )
            untouched, in_reach = _send_each(run, claims, stop_at, ask_for_help)
            ledger.give_back(run.database, untouched, now=run.clock())
            if untouched and in_reach:
                ask_for_help()
            if untouched or not in_reach or not claims:
                break
    finally:
        run.carrier.close()


def _once(call: Callable[[], None]) -> Callable[[], None]:
    """So that the runs of a backlog take turns and do not multiply."""
    calls = [call]

    def call_once() -> None:
        if calls:
            calls.pop()()

    return call_once


def _is_over(run: Delivery, stop_at: float) -> bool:
    return time.monotonic() >= stop_at or run.is_stopping()


def _send_each(
    run: Delivery, claims: Sequence[Claim], stop_at: float, ask_for_help: Callable[[], None]
) -> tuple[Sequence[Claim], bool]:
    """Send one after the other: what was not begun, and whether the carrier is within reach."""
    for position, claim in enumerate(claims):
        if _is_over(run, stop_at):
            return claims[position:], True
        if not _send_one(run, claim):
            return claims[position + 1 :], False
        if len(claims) == BATCH:
            ask_for_help()
    return (), True


def _send_one(run: Delivery, claim: Claim) -> bool:
    """One message, whatever may be wrong with it; False when no other would get through either."""
    with bound_contextvars(notification_id=str(claim.notification_id), request_id=None):
        try:
            write = _prepare(run, claim)
            if write is not None:
                run.carrier.send(write())
        except Refused as refusal:
            log.warning("notification_refused", attempt=claim.token)
            tally.count(run.channel, Outcome.FAILED)
            gone = isinstance(refusal, Gone)
            ledger.record_refusal(run.database, claim, str(refusal), now=run.clock(), gone=gone)
        except Deferred as problem:
            log.warning("notification_put_off", attempt=claim.token)
            return _put_off(run, claim, problem)
        except Exception as problem:  # noqa: BLE001 - One message's trouble must not be the others'.
            _log_trouble(problem, claim)
            tally.count(run.channel, Outcome.DEFERRED)
            ledger.put_off(run.database, claim, INTERNAL_ERROR, now=run.clock())
        else:
            if write is not None:
                _record_sent(run, claim)
        return True


def _put_off(run: Delivery, claim: Claim, problem: Deferred) -> bool:
    """Whether the carrier itself can be spoken to."""
    in_reach = not isinstance(problem, OutOfReach)
    tally.count(run.channel, Outcome.DEFERRED)
    ledger.put_off(run.database, claim, str(problem), now=run.clock(), in_reach=in_reach)
    return in_reach


def _prepare(run: Delivery, claim: Claim) -> Writing | None:
    """The message as it is true now; None when the row was settled or is no longer ours."""
    now = run.clock()
    with run.database.transaction(claim.tenant_id) as session:
        notification = ledger.take_in_hand(session, claim, lease_until=now + run.lease)
        if notification is None:
            log.info("lease_lost", attempt=claim.token)
            return None
        bind_contextvars(request_id=notification.request_id)
        write = _unless_spent(run, session, notification, now)
    if write is None:
        tally.count(run.channel, Outcome.SKIPPED)
    return write


def _unless_spent(
    run: Delivery, session: Session, notification: Notification, now: datetime
) -> Writing | None:
    most = most_tries(notification.channel)
    if notification.tries > most:
        notification.fail(f"Given up after {most} attempts.")
        return None
    return prepare(session, notification, run.stationery, now=now)


def _record_sent(run: Delivery, claim: Claim) -> None:
    """Try again while the database restarts: an unrecorded message is sent twice."""
    sent_at = run.clock()
    for pause in (*RECORD_PAUSES, None):
        try:
            recorded = ledger.record_sent(run.database, claim, now=sent_at)
        except (OperationalError, PoolTimeoutError):
            if pause is None:
                raise
            time.sleep(pause)
        else:
            log.info("notification_sent", attempt=claim.token, recorded=recorded)
            tally.count(run.channel, Outcome.SENT)
            return


def _log_trouble(problem: Exception, claim: Claim) -> None:
    """Name the error and its place, and not its text, which may quote a customer."""
    place = traceback.extract_tb(problem.__traceback__)[-1]
    log.error(
        "notification_in_trouble",
        attempt=claim.token,
        problem=type(problem).__name__,
        where=f"{place.filename}:{place.lineno}",
    )
