"""One batch on its way: read ahead in a few statements, and recorded one by one as it is accepted.

What is true and wanted is read for all at once. Right before a message is sent its row tells whether
any of that has changed since; if so it is read again. The commit that says so also records the
message before it, so that each costs one.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from sloty_notifications import ledger, record, tally
from sloty_notifications.channels.carrier import Carrier
from sloty_notifications.clock import Clock
from sloty_notifications.ledger import Claim
from sloty_notifications.prepare import Stationery, Writing, prepare, write_about
from sloty_notifications.queries import Case, OwnWords, cases_of, is_about_one, own_words
from sloty_notifications.record import Accepted, LeaseLost
from sloty_notifications.retry import most_tries
from sloty_notifications.tally import Outcome
from sloty_shared.database import Database
from sloty_shared.models import Channel, Notification
from sloty_shared.tracing import Tracer, Unrecorded

# Between attempts to record that a message was accepted: without the record it is sent again.
RECORD_PAUSES = (0.3, 0.7, 1.5)
# Those of one tenant are read together; for fewer it would not pay.
FEWEST_TOGETHER = 2

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
    tracer: Tracer = field(default_factory=Unrecorded)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that may be sent, and how it is written."""

    notification: Notification
    write: Writing
    standing: tuple[int | None, ...] = ()


class Round:
    """The claims of one batch. What was accepted last is recorded when the next one begins."""

    def __init__(self, run: Delivery, claims: Sequence[Claim]) -> None:
        self._run = run
        self._ahead = _read_ahead(run, claims)
        self._accepted: Accepted | None = None
        self.claims = _in_order(claims, self._ahead)

    def begin(self, claim: Claim) -> Letter | None:
        """The message in hand and as it is true now; None when it was settled or is not ours."""
        letter = self._ahead.get(claim)
        if letter is not None and self._take(claim) == letter.standing:
            return letter
        self.finish()
        return _read_now(self._run, claim)

    def accept(self, claim: Claim, letter: Letter, trace_id: str) -> None:
        """Its carrier has taken it."""
        self._accepted = Accepted.of(claim, letter.notification, self._run.clock(), trace_id)

    def finish(self) -> None:
        """Record what was accepted last. Tries again while the database restarts."""
        accepted = self._accepted
        if accepted is None:
            return
        for pause in (*RECORD_PAUSES, None):
            try:
                recorded = record.record_sent(self._run.database, accepted)
            except (OperationalError, PoolTimeoutError):
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                self._note_recorded(recorded=recorded)
                return

    def _take(self, claim: Claim) -> tuple[int | None, ...] | None:
        """What the message hangs on now; None when it must be looked at by itself.

        What keeps both from being written is found out by whoever then writes them one by one.
        """
        run = self._run
        if self._accepted is not None and self._accepted.claim.tenant_id != claim.tenant_id:
            self.finish()
        accepted = self._accepted
        with suppress(LeaseLost, OperationalError, PoolTimeoutError):
            standing = record.take_next(
                run.database, accepted, claim, now=run.clock(), lease=run.lease
            )
            if accepted is not None:
                self._note_recorded(recorded=True)
            return standing
        return None

    def _note_recorded(self, *, recorded: bool) -> None:
        accepted, self._accepted = self._accepted, None
        if accepted is not None:
            log.info(
                "notification_sent",
                notification_id=str(accepted.claim.notification_id),
                request_id=accepted.request_id,
                trace_id=accepted.trace_id,
                attempt=accepted.claim.token,
                recorded=recorded,
            )
            tally.count(self._run.channel, Outcome.SENT)


def _in_order(claims: Sequence[Claim], ahead: Mapping[Claim, Letter]) -> Sequence[Claim]:
    """First what hangs on no appointment, then tenant by tenant, last what was tried before."""
    tenants = list(dict.fromkeys(claim.tenant_id for claim in claims))

    def place(claim: Claim) -> tuple[bool, int]:
        return claim.token > 1, 1 + tenants.index(claim.tenant_id) if claim in ahead else 0

    return sorted(claims, key=place)


def _read_ahead(run: Delivery, claims: Sequence[Claim]) -> Mapping[Claim, Letter]:
    """Letters about appointments that were never tried; everything else is read in its turn."""
    by_tenant: dict[UUID, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.token == 1 and run.channel is not Channel.WEBHOOK:
            by_tenant[claim.tenant_id].append(claim)
    found: dict[Claim, Letter] = {}
    for tenant_id, theirs in by_tenant.items():
        if len(theirs) >= FEWEST_TOGETHER:
            found.update(_read_together(run, tenant_id, theirs))
    return found


def _read_together(
    run: Delivery, tenant_id: UUID, claims: Sequence[Claim]
) -> Mapping[Claim, Letter]:
    known: Mapping[UUID, tuple[Notification, Case]] = {}
    words: OwnWords = {}
    # What cannot be read together is read one by one, where it is known whose fault it is.
    unread = suppress(DataError, OperationalError, PoolTimeoutError)
    with unread, run.database.transaction(tenant_id) as session:
        cases = cases_of(session, tenant_id, [claim.notification_id for claim in claims])
        words = own_words(session, tenant_id, {notification.kind for notification, _ in cases})
        # Nothing is written from here: what turns out to be settled is so in its turn.
        session.expunge_all()
        known = {each.id: (each, case) for each, case in cases if is_about_one(each)}
    written = {
        claim: _write_ahead(run, *known[claim.notification_id], words)
        for claim in claims
        if claim.notification_id in known
    }
    return {claim: letter for claim, letter in written.items() if letter is not None}


def _write_ahead(
    run: Delivery, notification: Notification, case: Case, words: OwnWords
) -> Letter | None:
    with suppress(Exception):
        # Whatever is wrong with one of them shows again in its turn, and then it is recorded.
        write = write_about(notification, case, words, run.stationery, now=run.clock())
        return None if write is None else Letter(notification, write, case.standing)
    return None


def _read_now(run: Delivery, claim: Claim) -> Letter | None:
    """Take one in hand, read it and settle what is not to be sent, in one transaction."""
    now = run.clock()
    with run.database.transaction(claim.tenant_id) as session:
        notification = ledger.take_in_hand(session, claim, lease_until=now + run.lease)
        if notification is None:
            log.info("lease_lost", attempt=claim.token)
            return None
        write = _unless_spent(run, session, notification, now)
    if write is None:
        tally.count(run.channel, Outcome.SKIPPED)
        return None
    return Letter(notification, write)


def _unless_spent(
    run: Delivery, session: Session, notification: Notification, now: datetime
) -> Writing | None:
    most = most_tries(notification.channel)
    if notification.tries > most:
        notification.fail(f"Given up after {most} attempts.")
        return None
    return prepare(session, notification, run.stationery, now=now)
