"""Attempts, counted so that guessing ends and nobody is kept out by another's guesses.

A log-in counts for its account at its address, for the address, and for the account wherever it is
tried from; success takes it back. From an address where the account has logged in before, only the
first of the three counts: whoever guesses from elsewhere stops nobody there.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from sloty_shared.models import Throttle

WINDOW = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=90)
MOST_FOR_ACCOUNT_AT_ADDRESS = 10
MOST_FOR_ADDRESS = 100
MOST_FOR_ACCOUNT = 100

_COUNT = text(
    """
    INSERT INTO throttles AS t (name, expires_at, count) VALUES (:name, :until, 1)
    ON CONFLICT (name) DO UPDATE
        SET count = CASE WHEN t.expires_at <= :now THEN 1 ELSE least(t.count, 1000000) + 1 END,
            expires_at = CASE WHEN t.expires_at <= :now THEN :until ELSE t.expires_at END
    RETURNING count AS tries, expires_at
    """
)
# Each attempt adds three rows at most, so the table holds little that has expired.
_SWEEP = delete(Throttle).where(
    Throttle.name.in_(
        select(Throttle.name)
        .where(Throttle.expires_at <= bindparam("now"))
        .limit(10)
        .with_for_update(skip_locked=True)
    )
)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many attempts under one name before it expires."""

    name: bytes
    most: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A log-in that was counted; `wait_seconds` says that there were too many."""

    email: str
    address: str
    counted: Sequence[bytes]
    wait_seconds: int | None


def begin_log_in(session: Session, email: str, address: str, now: datetime) -> Attempt:
    """Count a log-in before its password is looked at, so that parallel ones count too.

    Every attempt locks in the same order (address, account, both), so none waits in a ring.
    """
    limits = [Limit(_pair(email, address), MOST_FOR_ACCOUNT_AT_ADDRESS)]
    if not _is_known(session, email, address, now):
        limits = [
            Limit(_name("address", _network(address)), MOST_FOR_ADDRESS),
            Limit(_name("account", email), MOST_FOR_ACCOUNT),
            *limits,
        ]
    wait_seconds, counted = None, []
    for limit in limits:
        counted.append(limit.name)
        wait_seconds = count(session, limit, now)
        if wait_seconds is not None:
            break
    session.execute(_SWEEP, {"now": now})
    return Attempt(email, address, tuple(counted), wait_seconds)


def count(
    session: Session, limit: Limit, now: datetime, *, window: timedelta = WINDOW
) -> int | None:
    """Count one more under this name; the seconds to wait where there are now too many."""
    row = session.execute(_COUNT, {"name": limit.name, "until": now + window, "now": now}).one()
    if row.tries <= limit.most:
        return None
    left: timedelta = row.expires_at - now
    return max(1, math.ceil(left.total_seconds()))


def succeed(session: Session, attempt: Attempt, now: datetime) -> None:
    """Take the attempt back, and know the address from now on."""
    for name in attempt.counted:
        session.execute(
            update(Throttle).where(Throttle.name == name).values(count=Throttle.count - 1)
        )
    session.execute(delete(Throttle).where(Throttle.name == _pair(attempt.email, attempt.address)))
    know(session, attempt.email, attempt.address, now)


def know(session: Session, email: str, address: str, now: datetime) -> None:
    """Remember that the account's owner was at this address."""
    session.execute(
        text(
            "INSERT INTO throttles (name, expires_at, count) VALUES (:name, :until, 0) "
            "ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at"
        ),
        {"name": _known(email, address), "until": now + KNOWN_FOR},
    )


def limit_of(purpose: str, about: str, most: int) -> Limit:
    """A limit on something else that is tried, such as mails to one address."""
    return Limit(_name(purpose, about), most)


def _is_known(session: Session, email: str, address: str, now: datetime) -> bool:
    known = select(Throttle.name).where(
        Throttle.name == _known(email, address), Throttle.expires_at > now
    )
    return session.scalar(known) is not None


def _pair(email: str, address: str) -> bytes:
    return _name("account at address", email, _network(address))


def _known(email: str, address: str) -> bytes:
    return _name("known address", email, _network(address))


def _network(address: str) -> str:
    """The address, of IPv6 the network that one subscriber has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else address  # noqa: PLR2004 - The version's own name.


def _name(purpose: str, *about: str) -> bytes:
    """Hashed, so that nobody who reads the table learns who tried what."""
    whole = "\n".join((purpose, *about)).lower()
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest()
