"""What a language must say for messages to be written in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sloty_shared.models import NotificationKind


@dataclass(frozen=True, slots=True)
class Words:
    """What one kind says; the names of facts stand in braces, as in {service} and {moment}.

    Of several appointments {count} is their number, and {moment} when the first of them begins.
    """

    subject: str
    headline: str
    opening: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands beside the facts, the same in every kind."""

    greeting: str
    what: str
    when: str
    provider: str
    where: str
    online: str
    price: str
    code: str
    reason: str
    farewell: str
    unsubscribe: str
    reply: str


@dataclass(frozen=True, slots=True)
class AccountWords:
    """What one message to a user says; {business} and {name} stand in braces."""

    subject: str
    headline: str
    opening: str
    button: str


@dataclass(frozen=True, slots=True)
class AccountTexts:
    """What messages to users say; {lifetime} is how long their token works, as in "3 days"."""

    greeting: str
    nameless_greeting: str
    token: str
    once: str
    unasked: str
    words: Mapping[NotificationKind, AccountWords]


@dataclass(frozen=True, slots=True)
class OfferLabels:
    """What stands beside the facts of an offer; {expires} is when it lapses."""

    until: str
    button: str
    code: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why somebody gets a message, told at its end to each by what they are to the {business}."""

    customer: str
    participant: str
    waiting: str
    user: str


@dataclass(frozen=True, slots=True)
class Language:
    """One language; `date_and_time` joins {date} and {time}.

    `several` are the words of the kinds that can be about several appointments at once.
    """

    code: str
    date_and_time: str
    labels: Labels
    words: Mapping[NotificationKind, Words]
    several: Mapping[NotificationKind, Words]
    offer: OfferLabels
    account: AccountTexts
    reasons: Reasons

    def words_about(self, kind: NotificationKind, count: int) -> Words:
        """What the kind says of so many appointments."""
        return (self.words if count == 1 else self.several)[kind]
