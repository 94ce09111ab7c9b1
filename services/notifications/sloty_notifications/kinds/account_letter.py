"""Writes the message that carries a proof to a user: to verify an address or choose a password."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_timedelta

from sloty_notifications.kinds.facts import locale_of
from sloty_notifications.kinds.language import Language
from sloty_notifications.kinds.languages import language_of
from sloty_notifications.kinds.letter import TEXT, sender_name
from sloty_notifications.kinds.page import Code, Link, Page, html_of
from sloty_notifications.message import Message, one_line
from sloty_notifications.queries import AccountCase
from sloty_shared.encryption import Encryption
from sloty_shared.models import Notification, NotificationKind

# Pages of whoever serves the public address; they hand the token to the API.
PAGES: Mapping[NotificationKind, str] = {
    NotificationKind.EMAIL_VERIFICATION: "verify-email",
    NotificationKind.PASSWORD_RESET: "reset-password",
    NotificationKind.INVITATION: "accept-invitation",
}


@dataclass(frozen=True, slots=True)
class Proofs:
    """Makes the tokens that letters carry, and the links to use them; `base` has no slash at its end."""

    base: str
    encryption: Encryption

    def token(self, case: AccountCase) -> str:
        return self.encryption.token(case.token.purpose, case.token.id)

    def link(self, kind: NotificationKind, token: str) -> str:
        return f"{self.base}/{PAGES[kind]}?token={token}"


def write_account_letter(
    notification: Notification, case: AccountCase, proofs: Proofs, *, now: datetime
) -> Message:
    """The whole message, written at `now`, with the token both in a link and by itself."""
    user = case.user
    locale = locale_of(user.locale, "")
    language = language_of(locale.language)
    named = {
        "business": one_line(case.tenant.name),
        "name": one_line(user.name or ""),
        "lifetime": format_timedelta(
            case.token.expires - case.token.created_at,
            locale=locale if locale.language == language.code else language.code,
        ),
    }
    token = proofs.token(case)
    content = {
        **_filled(language, notification.kind, named),
        "business": named["business"],
        "token": token,
        "link": proofs.link(notification.kind, token),
    }
    return Message(
        id=notification.id,
        kind=notification.kind.value,
        written_at=now,
        business=sender_name(case.tenant),
        recipient=notification.recipient,
        recipient_name=named["name"],
        subject=content["subject"],
        text=TEXT.get_template("account.txt.jinja").render(content),
        html=html_of(_page(language, content)),
        calendar=None,
        request_id=notification.request_id,
    )


def _filled(language: Language, kind: NotificationKind, named: Mapping[str, str]) -> dict[str, str]:
    texts, words = language.account, language.account.words[kind]
    greeting = texts.greeting if named["name"] else texts.nameless_greeting
    return {
        "subject": one_line(words.subject.format(**named)),
        "headline": words.headline.format(**named),
        "greeting": greeting.format(**named),
        "opening": words.opening.format(**named),
        "button": words.button,
        "token_label": texts.token,
        "once": texts.once.format(**named),
        "unasked": texts.unasked,
        "farewell": language.labels.farewell,
        "because": language.reasons.user.format(**named),
    }


def _page(language: Language, content: Mapping[str, str]) -> Page:
    return Page(
        language=language.code,
        subject=content["subject"],
        preheader=content["once"],
        business=content["business"],
        headline=content["headline"],
        paragraphs=(content["greeting"], content["opening"]),
        button=Link(content["button"], content["link"]),
        by_hand=Code(content["token_label"], content["token"]),
        note=f"{content['once']} {content['unasked']}",
        farewell=content["farewell"],
        because=content["because"],
    )
