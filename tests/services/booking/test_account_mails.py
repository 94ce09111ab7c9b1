"""Mails that carry a proof: what arrives, that it works once, and that nobody else's does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from tests.api_clients import PASSWORD, Apis, Business, Clock, answered

from sloty_deploy.mail_store import MailSummary
from sloty_deploy.scratch import ScratchMailbox
from sloty_notifications.channels.smtp import SmtpCarrier, SmtpServer
from sloty_notifications.deliver import deliver
from sloty_notifications.kinds.account_letter import Proofs
from sloty_notifications.prepare import Stationery
from sloty_notifications.round import Delivery
from sloty_shared.database import Database
from sloty_shared.models import Channel

from .people import (
    ENCRYPTION,
    INVITATION,
    RESET,
    VERIFICATION,
    Post,
    accept,
    log_in,
    new_email,
)

VERIFY = "/v1/auth/verify-email"
RESET_PATH = "/v1/auth/password-reset"
CONFIRM = f"{RESET_PATH}/confirm"
PUBLIC_URL = "https://booking.example"
SENDER = "no-reply@booking.example"

Mails = Callable[[str], list[EmailMessage]]


@pytest.fixture
def mails(business: Business, post: Post, mailbox: ScratchMailbox, clock: Clock) -> Mails:
    """Delivers what the business owes by now, and answers with what one address then has."""

    def arrived(email: str) -> list[EmailMessage]:
        others = "UPDATE notifications SET status = 'SKIPPED' WHERE tenant_id <> %s"
        post.change(f"{others} AND status = 'PENDING'", business.tenant["id"])
        database = Database(post.database.app_url, pool_size=2)
        deliver(
            Delivery(
                database=database,
                channel=Channel.EMAIL,
                carrier=SmtpCarrier(SmtpServer.from_url(mailbox.smtp_url), sender=SENDER),
                stationery=Stationery(SENDER, Proofs(PUBLIC_URL, ENCRYPTION)),
                clock=clock,
                lease=timedelta(seconds=45),
                call_another=lambda: None,
            )
        )
        database.dispose()
        found = [mail for mail in mailbox.mails.newest(limit=500) if email in mail.recipients]
        return [message_of(mailbox, mail) for mail in found]

    return arrived


def message_of(mailbox: ScratchMailbox, mail: MailSummary) -> EmailMessage:
    message = mailbox.mails.message(mail.id)
    assert message is not None
    return message


def text_of(mail: EmailMessage, subtype: str = "plain") -> str:
    part = next(part for part in mail.walk() if part.get_content_type() == f"text/{subtype}")
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("purpose", [VERIFICATION, RESET, INVITATION])
def test_mail_carries_token_in_link_and_by_itself(
    apis: Apis, business: Business, post: Post, mails: Mails, purpose: Any
) -> None:
    email = business.user["email"]
    if purpose is RESET:
        apis.booking.post(RESET_PATH, {"email": email}, status=202)
    if purpose is INVITATION:
        email = new_email()
        invited = {"email": email, "name": "Zoë <b>", "role": "STAFF"}
        business.booking.post("/v1/users", invited)
    [mail] = [mail for mail in mails(email) if mail["X-Sloty-Kind"] == purpose]
    token = post.token(email, purpose)
    page = {
        VERIFICATION: "verify-email",
        RESET: "reset-password",
        INVITATION: "accept-invitation",
    }[purpose]
    for text in (text_of(mail), text_of(mail, "html")):
        assert f"{PUBLIC_URL}/{page}?token={token}" in text
        assert text.count(token) == 2
        assert business.tenant["name"] in text
        assert "<b>" not in text or "html" not in text[:20].lower()
    lifetime = {VERIFICATION: "3 days", RESET: "1 hour", INVITATION: "1 week"}[purpose]
    assert f"It works once, for {lifetime}." in text_of(mail)
    assert business.tenant["name"] in mail["Subject"]
    assert mail["From"] == f"{business.tenant['name']} <{SENDER}>"


def test_sender_has_the_name_in_the_settings(business: Business, mails: Mails) -> None:
    settings = {"settings": {"senderName": "The front desk"}}
    answered(business.booking.send("PATCH", "/v1/tenant", json=settings), 200)
    [mail] = mails(business.user["email"])
    assert mail["From"] == f"The front desk <{SENDER}>"


def test_sign_up_is_verified_once(business: Business, apis: Apis, post: Post) -> None:
    assert business.user["emailVerified"] is None
    token = post.token(business.user["email"], VERIFICATION)
    user = apis.booking.post(VERIFY, {"token": token}, status=200)
    assert user["id"] == business.user["id"]
    assert user["emailVerified"] == "2027-03-22T07:00:00Z"
    apis.booking.refused("POST", VERIFY, 422, "invalid_token", json={"token": token})
    again = "/v1/auth/verify-email/resend"
    business.booking.refused("POST", again, 409, "already_verified")


def test_new_token_ends_the_earlier_ones(business: Business, apis: Apis, post: Post) -> None:
    email = business.user["email"]
    business.booking.post("/v1/auth/verify-email/resend", status=202)
    apis.booking.post(RESET_PATH, {"email": email}, status=202)
    apis.booking.post(RESET_PATH, {"email": email}, status=202)
    for purpose, path in ((VERIFICATION, VERIFY), (RESET, CONFIRM)):
        more = {} if purpose is VERIFICATION else {"password": PASSWORD}
        first, second = post.tokens(email, purpose)
        apis.booking.refused("POST", path, 422, "invalid_token", json={"token": first} | more)
        apis.booking.post(path, {"token": second} | more, status=200)


@pytest.mark.parametrize(("purpose", "hours"), [(VERIFICATION, 72), (RESET, 1), (INVITATION, 168)])
def test_token_expires(
    business: Business, apis: Apis, post: Post, clock: Clock, purpose: Any, hours: int
) -> None:
    email, other = business.user["email"], new_email()
    apis.booking.post(RESET_PATH, {"email": email}, status=202)
    business.booking.post("/v1/users", {"email": other, "name": "N", "role": "USER"})
    body = {"token": post.token(other if purpose is INVITATION else email, purpose)}
    path = VERIFY if purpose is VERIFICATION else CONFIRM
    body |= {} if purpose is VERIFICATION else {"password": PASSWORD}
    clock.pass_by(timedelta(hours=hours))
    apis.booking.refused("POST", path, 422, "invalid_token", json=body)
    clock.pass_by(-timedelta(seconds=1))
    apis.booking.post(path, body, status=200)


def test_token_serves_its_purpose_alone(business: Business, apis: Apis, post: Post) -> None:
    email = business.user["email"]
    apis.booking.post(RESET_PATH, {"email": email}, status=202)
    reset, verification = post.token(email, RESET), post.token(email, VERIFICATION)
    apis.booking.refused("POST", VERIFY, 422, "invalid_token", json={"token": reset})
    choice = {"token": verification, "password": PASSWORD}
    apis.booking.refused("POST", CONFIRM, 422, "invalid_token", json=choice)
    for token in (reset, verification):
        apis.booking.with_token(token).refused("GET", "/v1/me", 401, "unauthenticated")
    for token in (str(business.booking.token), "x", "\x00", " ", "ü" * 200):
        answer = apis.booking.send("POST", VERIFY, json={"token": token})
        assert answer.status_code in (400, 422), token


def test_reset_sets_the_password_and_ends_all_sessions(
    business: Business, apis: Apis, post: Post
) -> None:
    email = business.user["email"]
    other = log_in(apis.booking, email)
    apis.booking.post(RESET_PATH, {"email": email.upper()}, status=202)
    choice = {"token": post.token(email, RESET), "password": "a much newer password"}
    user = apis.booking.post(CONFIRM, choice, status=200)
    assert user["emailVerified"] is not None
    for session in (business.booking, other):
        session.refused("GET", "/v1/me", 401, "unauthenticated")
    old = {"email": email, "password": PASSWORD}
    apis.booking.refused("POST", "/v1/auth/login", 401, "invalid_credentials", json=old)
    log_in(apis.booking, email, "a much newer password")


def test_of_parallel_uses_one_succeeds(business: Business, apis: Apis, post: Post) -> None:
    email = business.user["email"]
    apis.booking.post(RESET_PATH, {"email": email}, status=202)
    token = post.token(email, RESET)

    def use(number: int) -> int:
        choice = {"token": token, "password": f"the password of {number}"}
        return apis.booking.send("POST", CONFIRM, json=choice).status_code

    with ThreadPoolExecutor(20) as threads:
        statuses = list(threads.map(use, range(20)))
    assert sorted(statuses) == [200] + [422] * 19
    log_in(apis.booking, email, f"the password of {statuses.index(200)}")


def test_weak_password_leaves_the_token_alone(business: Business, apis: Apis, post: Post) -> None:
    email = business.user["email"]
    apis.booking.post(RESET_PATH, {"email": email}, status=202)
    token = post.token(email, RESET)
    for password in ("short", "x" * 201, "a\x00b" * 10, 12345678, None):
        choice = {"token": token, "password": password}
        problem = apis.booking.refused("POST", CONFIRM, 422, "validation_failed", json=choice)
        assert [error["pointer"] for error in problem["errors"]] == ["/password"]
    apis.booking.post(CONFIRM, {"token": token, "password": PASSWORD}, status=200)


def test_mail_whose_token_is_worth_nothing_is_not_sent(
    business: Business, apis: Apis, post: Post, mails: Mails, clock: Clock
) -> None:
    used, late, replaced = new_email("used"), new_email("late"), new_email("replaced")
    for email in (used, late, replaced):
        invited = {"email": email, "name": "N", "role": "USER"}
        user = business.booking.post("/v1/users", invited)
    business.booking.post(f"/v1/users/{user['id']}/invite", status=200)
    accept(apis.booking, post, used)
    query = "SELECT status, reason FROM notifications WHERE recipient = %s ORDER BY id"
    assert mails(used) == []
    assert len(mails(replaced)) == 1
    assert [row["status"] for row in post.rows(query, replaced)] == ["SKIPPED", "SENT"]
    clock.pass_by(timedelta(days=7))
    owed = "UPDATE notifications SET status = 'PENDING' WHERE recipient = %s"
    before = len(mails(late))
    post.change(owed, late)
    assert len(mails(late)) == before
    [row] = post.rows(query, late)
    assert (row["status"], row["reason"]) == (
        "SKIPPED",
        "The token of this message expired before it was sent.",
    )


def test_mail_to_a_user_of_a_suspended_business_is_not_sent(
    business: Business, post: Post, mails: Mails
) -> None:
    change = "UPDATE tenants SET status = 'SUSPENDED' WHERE id = %s"
    post.change(change, business.tenant["id"])
    assert mails(business.user["email"]) == []


def test_mail_without_its_user_is_settled(business: Business, post: Post, mails: Mails) -> None:
    email = new_email()
    post.change(
        "INSERT INTO notifications (tenant_id, kind, channel, recipient, next_attempt_at)"
        " VALUES (%s, 'INVITATION', 'EMAIL', %s, %s)",
        business.tenant["id"],
        email,
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert mails(email) == []
    [row] = post.rows("SELECT status FROM notifications WHERE recipient = %s", email)
    assert row["status"] == "SKIPPED"
