"""Who is let in by an OpenID provider, which runs as a process of its own."""

from concurrent.futures import ThreadPoolExecutor
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.api_clients import PASSWORD, Apis, Business, answered

from .people import ENCRYPTION, INVITATION, Post, log_in, new_email
from .signing_in import (
    CALLBACK,
    NAME,
    SIGN_IN,
    Browser,
    Provider,
    accounts,
    refused,
)

LOGIN = "/v1/auth/login"


def test_owner_of_the_address_is_logged_in(
    browser: Browser, provider: Provider, owner: Business, post: Post
) -> None:
    subject = provider.knows(owner.user["email"].upper())
    answer = browser.sign_in()
    made = answered(answer, 200)
    assert set(made) == {"token", "expires", "user"}
    assert made["user"]["id"] == owner.user["id"]
    assert browser.apis.booking.with_token(made["token"]).get("/v1/me")["emailVerified"]
    [account] = accounts(post, owner.user["id"])
    assert (account["provider"], account["provider_account_id"]) == (NAME, subject)
    assert account["type"] == "oidc"
    assert account["expires_at"] > time()
    again = answered(browser.sign_in(), 200)
    assert again["token"] != made["token"]
    assert len(accounts(post, owner.user["id"])) == 1


def test_browser_is_sent_with_all_that_binds_the_answer(browser: Browser) -> None:
    answer = browser.go(SIGN_IN)
    query = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert set(query["scope"].split()) == {"openid", "email", "profile"}
    assert min(len(query[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert f"Path={CALLBACK}" in cookie
    assert "Max-Age=600" in cookie
    assert query["state"] not in cookie
    assert query["nonce"] not in cookie


def test_tokens_lie_sealed(
    browser: Browser, provider: Provider, owner: Business, post: Post
) -> None:
    provider.knows(owner.user["email"])
    made = answered(browser.sign_in(), 200)
    [account] = accounts(post, owner.user["id"])
    opened = ENCRYPTION.open_text(account["id_token"], "oauth token")
    assert opened.count(".") == 2
    assert ENCRYPTION.open_text(account["access_token"], "oauth token")
    assert not account["id_token"].startswith("eyJ")
    api = browser.apis.booking.with_token(made["token"])
    [event] = api.get("/v1/audit-events", action="account.linked")["items"]
    assert not {"idToken", "id_token", "access_token"} & set(event["after"])


@pytest.mark.parametrize("verified", [False, None, "false", 1, "yes"])
def test_address_that_is_not_verified_links_nobody(
    browser: Browser, provider: Provider, owner: Business, post: Post, verified: Any
) -> None:
    claims = {"sub": "unproven", "email": owner.user["email"], "email_verified": verified}
    provider.order(user={name: each for name, each in claims.items() if each is not None})
    refused(browser.sign_in(), 403, "address_not_verified")
    assert accounts(post, owner.user["id"]) == []


def test_linked_account_needs_no_address_any_more(
    browser: Browser, provider: Provider, owner: Business
) -> None:
    subject = provider.knows(owner.user["email"])
    browser.sign_in()
    for claims in ({"email": new_email(), "email_verified": False}, {}):
        provider.order(user={"sub": subject} | claims)
        assert answered(browser.sign_in(), 200)["user"]["id"] == owner.user["id"]


def test_address_is_asked_for_where_the_token_leaves_it_out(
    browser: Browser, provider: Provider, owner: Business, post: Post
) -> None:
    provider.knows(owner.user["email"], address_elsewhere=True)
    assert answered(browser.sign_in(), 200)["user"]["id"] == owner.user["id"]
    other = browser.apis.sign_up()
    provider.knows(other.user["email"], address_elsewhere=True, user_info={"sub": "somebody else"})
    refused(browser.sign_in(), 401, "identity_not_proven")
    assert accounts(post, other.user["id"]) == []


@pytest.mark.parametrize("email", ["not an address", "a\x00@b.example", 7, "x" * 5000, None])
def test_address_that_is_none_links_nobody(
    browser: Browser, provider: Provider, email: Any
) -> None:
    provider.order(user={"sub": "odd", "email": email, "email_verified": True})
    refused(browser.sign_in(), 403, "address_not_verified")


def test_unknown_address_makes_no_user(browser: Browser, provider: Provider, post: Post) -> None:
    email = new_email("nobody")
    provider.knows(email)
    refused(browser.sign_in(), 403, "not_registered")
    assert post.rows("SELECT id FROM users WHERE email = %s", email) == []


def test_invited_user_joins_by_signing_in(
    browser: Browser, provider: Provider, owner: Business, post: Post
) -> None:
    invited = {"email": new_email(), "name": "Joan Clarke", "role": "STAFF"}
    user = owner.booking.post("/v1/users", invited)
    provider.knows(invited["email"])
    made = answered(browser.sign_in(), 200)
    assert (made["user"]["id"], made["user"]["status"]) == (user["id"], "ACTIVE")
    choice = {"token": post.token(invited["email"], INVITATION), "password": PASSWORD}
    owner.booking.refused(
        "POST", "/v1/auth/password-reset/confirm", 422, "invalid_token", json=choice
    )
    events = owner.booking.get("/v1/audit-events", entityId=user["id"])["items"]
    assert {"user.joined", "user.logged_in"} <= {event["action"] for event in events}


def test_password_of_an_unproven_address_opens_nothing_any_more(
    browser: Browser, provider: Provider, owner: Business
) -> None:
    """Somebody may have signed up with another's address, to be there when its owner comes."""
    email = owner.user["email"]
    provider.knows(email)
    made = answered(browser.sign_in(), 200)
    owner.booking.refused("GET", "/v1/me", 401, "unauthenticated")
    body = {"email": email, "password": PASSWORD}
    browser.apis.booking.refused("POST", LOGIN, 401, "invalid_credentials", json=body)
    assert browser.apis.booking.with_token(made["token"]).get("/v1/me")["email"] == email


def test_password_of_a_proven_address_goes_on(
    browser: Browser, provider: Provider, owner: Business, post: Post
) -> None:
    post.change("UPDATE users SET email_verified = now() WHERE id = %s", owner.user["id"])
    provider.knows(owner.user["email"])
    answered(browser.sign_in(), 200)
    assert owner.booking.get("/v1/me")["id"] == owner.user["id"]
    log_in(browser.apis.booking, owner.user["email"])


@pytest.mark.parametrize("status", ["INACTIVE", "SUSPENDED"])
def test_disabled_user_is_kept_out(
    browser: Browser, provider: Provider, owner: Business, post: Post, status: str
) -> None:
    provider.knows(owner.user["email"])
    browser.sign_in()
    post.change("UPDATE users SET status = %s WHERE id = %s", status, owner.user["id"])
    refused(browser.sign_in(), 403, "user_disabled")


def test_suspended_business_is_kept_out(
    browser: Browser, provider: Provider, owner: Business, post: Post
) -> None:
    provider.knows(owner.user["email"])
    post.change("UPDATE tenants SET status = 'SUSPENDED' WHERE id = %s", owner.tenant["id"])
    refused(browser.sign_in(), 403, "tenant_suspended")
    assert accounts(post, owner.user["id"]) == []


def test_second_account_of_the_provider_is_refused(
    browser: Browser, provider: Provider, owner: Business, post: Post
) -> None:
    """An address may have passed to somebody else there."""
    first = provider.knows(owner.user["email"])
    browser.sign_in()
    provider.knows(owner.user["email"])
    refused(browser.sign_in(), 409, "account_conflict")
    provider.knows(owner.user["email"], sub=first)
    answered(browser.sign_in(), 200)
    assert len(accounts(post, owner.user["id"])) == 1


def test_first_sign_ins_at_once_link_once(
    knowing: Apis, provider: Provider, owner: Business, post: Post
) -> None:
    provider.knows(owner.user["email"])
    browsers = [Browser(knowing) for _ in range(4)]
    brought = [(each, each.consent(each.begin())) for each in browsers]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda pair: pair[0].come_back(pair[1]), brought))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len(accounts(post, owner.user["id"])) == 1
