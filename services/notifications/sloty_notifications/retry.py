"""When a message is tried again, and when it is given up."""

import random
from datetime import datetime, timedelta

from sloty_shared.models import Channel, Notification, NotificationKind

# Mails and text messages: 10 seconds, doubled with each attempt up to 15 minutes.
MAX_TRIES = 20
FIRST_PAUSE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 900.0
JITTER = 0.2
# Webhooks: over three days, as whoever runs them may have to wake up first.
WEBHOOK_PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
# One message tries whether the carrier is back while the others wait.
OUT_OF_REACH_PAUSE = timedelta(seconds=5)
# A mail or text message that has been owed for longer is not worth reading any more.
TOO_OLD = timedelta(days=3)


def most_tries(channel: Channel) -> int:
    return len(WEBHOOK_PAUSES) + 1 if channel is Channel.WEBHOOK else MAX_TRIES


def pause_before_next(notification: Notification, *, in_reach: bool) -> timedelta:
    """How long to wait after the present attempt, give or take a fifth."""
    if not in_reach:
        return _jittered(OUT_OF_REACH_PAUSE)
    if notification.channel is Channel.WEBHOOK:
        place = min(max(notification.tries, 1), len(WEBHOOK_PAUSES)) - 1
        return _jittered(WEBHOOK_PAUSES[place])
    return pause_after(notification.tries)


def pause_after(tries: int) -> timedelta:
    """10 seconds, doubled with each attempt up to 15 minutes, give or take a fifth."""
    doubled = FIRST_PAUSE_SECONDS * 2.0 ** max(tries - 1, 0)
    return _jittered(timedelta(seconds=min(doubled, LONGEST_PAUSE_SECONDS)))


def _jittered(pause: timedelta) -> timedelta:
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - Spreads load, guards nothing.


def why_give_up(
    notification: Notification, *, next_attempt_at: datetime, now: datetime
) -> str | None:
    """Why no further attempt is made, for people to read; None when one is.

    No attempt to remind comes after the start, and none of a mail or text message after three days.
    """
    if notification.tries >= most_tries(notification.channel):
        return f"Given up after {notification.tries} attempts."
    start = notification.start_time
    if notification.kind is NotificationKind.REMINDER and start and start <= next_attempt_at:
        return "Given up, as the appointment starts."
    if notification.channel is not Channel.WEBHOOK and now - notification.due_at > TOO_OLD:
        return "Given up after three days."
    return None
