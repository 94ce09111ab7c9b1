"""Delivering: claim what is due, make sure that it is still true, send it, record what came of it."""

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from sloty_notifications import ledger, tally
from sloty_notifications.channels.carrier import Deferred, Gone, OutOfReach, Refused
from sloty_notifications.ledger import Claim
from sloty_notifications.round import Delivery, Letter, Round
from sloty_notifications.tally import Outcome
from sloty_shared.logging import name_in_logs
from sloty_shared.models import Notification
from sloty_shared.tracing import Attributes, Span, SpanKind, TraceContext

BATCH = 20
# No new message is begun after this; what is left goes back and to the next run.
LONGEST_SECONDS = 8.0
INTERNAL_ERROR = "The message could not be prepared or sent, by an error of ours."

log = structlog.get_logger()


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
    batch = Round(run, claims)
    try:
        for position, claim in enumerate(batch.claims):
            if _is_over(run, stop_at):
                return batch.claims[position:], True
            if not _send_one(run, batch, claim):
                return batch.claims[position + 1 :], False
            if len(claims) == BATCH:
                ask_for_help()
    finally:
        name_in_logs()
        batch.finish()
    return (), True


def _send_one(run: Delivery, batch: Round, claim: Claim) -> bool:
    """One message, whatever may be wrong with it; False when no other would get through either."""
    name_in_logs(notification_id=str(claim.notification_id))
    try:
        letter = batch.begin(claim)
        if letter is not None:
            span = _send(run, letter)
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
        if letter is not None:
            batch.accept(claim, letter, span.context.trace_id)
    return True


def _send(run: Delivery, letter: Letter) -> Span:
    with _span(run, letter.notification) as span:
        name_in_logs(
            notification_id=str(letter.notification.id),
            request_id=letter.notification.request_id,
            trace_id=span.context.trace_id,
        )
        run.carrier.send(letter.write())
        return span


@contextmanager
def _span(run: Delivery, notification: Notification) -> Iterator[Span]:
    """One attempt, in the trace of the request that owes the message; a reminder has its own."""
    parent = TraceContext.read(notification.traceparent)
    span = run.tracer.begin(SpanKind.CONSUMER, parent)
    outcome = Outcome.DEFERRED
    try:
        yield span
        outcome = Outcome.SENT
    except Refused:
        outcome = Outcome.FAILED
        raise
    finally:
        told: Attributes = {
            "sloty.channel": notification.channel.value,
            "sloty.kind": notification.kind.value,
            "sloty.attempt": notification.attempts,
            "sloty.outcome": outcome.value,
        }
        span.end(f"deliver {run.channel}", told, failed=outcome is not Outcome.SENT)


def _put_off(run: Delivery, claim: Claim, problem: Deferred) -> bool:
    """Whether the carrier itself can be spoken to."""
    in_reach = not isinstance(problem, OutOfReach)
    tally.count(run.channel, Outcome.DEFERRED)
    ledger.put_off(run.database, claim, str(problem), now=run.clock(), in_reach=in_reach)
    return in_reach


def _log_trouble(problem: Exception, claim: Claim) -> None:
    """Name the error and its place, and not its text, which may quote a customer."""
    place = traceback.extract_tb(problem.__traceback__)[-1]
    log.error(
        "notification_in_trouble",
        attempt=claim.token,
        problem=type(problem).__name__,
        where=f"{place.filename}:{place.lineno}",
    )
