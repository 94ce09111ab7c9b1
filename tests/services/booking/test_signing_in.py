"""Signing in at an OpenID provider that runs as a process of its own, whatever it says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import perf_counter, time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.api_clients import PASSWORD, Apis, Business, answered

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

from .people import ENCRYPTION, INVITATION, Post, log_in, new_email
from .signing_in import (
    CALLBACK,
    NAME,
    PAGE,
    SIGN_IN,
    Browser,
    Provider,
    apis_that_know,
    provider_process,
)

LOGIN = "/v1/auth/login"


@pytest.fixture
def browser(knowing: Apis) -> Browser:
    return Browser(knowing)


@pytest.fixture
def owner(knowing: Apis) -> Business:
    return knowing.sign_up()


def accounts(post: Post, user_id: str) -> list[Any]:
    return post.rows("SELECT * FROM accounts WHERE user_id = %s", user_id)


def refused(answer: Any, status: int, code: str) -> Any:
    problem = answered(answer, status)
    assert problem["code"] == code, problem
    return problem


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


LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "another audience": {"claims": {"aud": "another client"}},
    "another party": {"claims": {"azp": "another client"}},
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "over": {"claims": {"exp": int(time()) - 3600}},
    "no end": {"claims": {"exp": None}},
    "not yet": {"claims": {"nbf": int(time()) + 3600}},
    "another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "no subject": {"claims": {"sub": None}},
    "subject no text": {"claims": {"sub": 7}},
    "subject with NUL": {"claims": {"sub": "a\x00b"}},
    "subject without end": {"claims": {"sub": "x" * 1000}},
    "forged": {"forge": True},
    "signed with the client's secret": {"claims": {}, "secret_as_key": True},
}


@pytest.mark.parametrize("lie", LIES)
def test_token_that_proves_nothing_is_refused(
    browser: Browser, provider: Provider, owner: Business, post: Post, lie: str
) -> None:
    provider.knows(owner.user["email"], **LIES[lie])
    refused(browser.sign_in(), 401, "identity_not_proven")
    assert accounts(post, owner.user["id"]) == []


def test_new_key_is_found_at_once(browser: Browser, provider: Provider, owner: Business) -> None:
    provider.knows(owner.user["email"])
    answered(browser.sign_in(), 200)
    provider.knows(owner.user["email"], sub="after the rotation", rotate=True)
    refused(browser.sign_in(), 409, "account_conflict")
    before = provider.order()
    provider.knows(browser.apis.sign_up().user["email"])
    answered(browser.sign_in(), 200)
    after = provider.order()
    assert after["/keys"] == before["/keys"]
    assert after["/.well-known/openid-configuration"] == 1


def test_sign_in_ends_once(browser: Browser, provider: Provider, owner: Business) -> None:
    provider.knows(owner.user["email"])
    brought = browser.consent(browser.begin())
    kept = dict(browser.cookies)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: come_back_with(browser, kept, brought), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    refused(come_back_with(browser, kept, brought), 422, "invalid_state")


def come_back_with(browser: Browser, cookies: dict[str, str], brought: dict[str, str]) -> Any:
    return Browser(browser.apis, dict(cookies)).come_back(brought)


def test_sign_in_ends_in_the_browser_that_began_it(
    browser: Browser, provider: Provider, owner: Business
) -> None:
    provider.knows(owner.user["email"])
    brought = browser.consent(browser.begin())
    other = Browser(browser.apis)
    refused(other.come_back(brought), 422, "invalid_state")
    other.begin()
    refused(other.come_back(brought), 422, "invalid_state")
    for odd in ("", "ü", "x" * 3000):
        refused(browser.come_back(brought | {"state": odd}), 422, "invalid_state")
    name, value = next(iter(browser.cookies.items()))
    for bad in ("", "AAAA", value[:-8] + "AAAAAAAA", "é"):
        refused(come_back_with(browser, {name: bad}, brought), 422, "invalid_state")
    answered(browser.come_back(brought), 200)


def test_code_of_another_sign_in_is_worth_nothing(
    browser: Browser, provider: Provider, owner: Business
) -> None:
    """The verifier is of the browser that began."""
    provider.knows(owner.user["email"])
    stolen = Browser(browser.apis)
    theirs = stolen.consent(stolen.begin())
    mine = browser.consent(browser.begin())
    refused(browser.come_back(mine | {"code": theirs["code"]}), 401, "identity_not_proven")
    refused(browser.come_back(mine), 422, "invalid_state")


def test_sign_in_has_ten_minutes(browser: Browser, provider: Provider, owner: Business) -> None:
    provider.knows(owner.user["email"])
    clock = browser.apis.clock
    brought = browser.consent(browser.begin())
    clock.pass_by(timedelta(minutes=10))
    refused(browser.come_back(brought), 422, "invalid_state")
    clock.pass_by(timedelta(minutes=-10))


def test_declined_sign_in_says_so(browser: Browser, provider: Provider) -> None:
    provider.order(error="access_denied")
    refused(browser.sign_in(), 403, "sign_in_declined")


def test_way_back_without_code_is_refused(browser: Browser, provider: Provider) -> None:
    provider.order(user={})
    state = dict(parse_qsl(urlsplit(browser.begin()).query))["state"]
    refused(browser.come_back({"state": state}), 422, "validation_failed")
    state = dict(parse_qsl(urlsplit(browser.begin()).query))["state"]
    other = {"state": state, "code": "x", "iss": "https://evil.example"}
    refused(browser.come_back(other), 401, "identity_not_proven")


def test_unknown_provider_is_not_found(browser: Browser) -> None:
    for path in ("/v1/auth/oauth/nobody", "/v1/auth/oauth/nobody/callback"):
        refused(browser.go(path), 404, "not_found")


def test_page_gets_the_token_in_its_fragment(
    browser: Browser, provider: Provider, owner: Business
) -> None:
    provider.knows(owner.user["email"])
    answer = browser.sign_in(PAGE)
    assert (answer.status_code, answer.content) == (303, b"")
    page, _, fragment = answer.headers["location"].partition("#")
    told = dict(parse_qsl(fragment))
    assert page == PAGE
    assert set(told) == {"token", "expires"}
    me = browser.apis.booking.with_token(told["token"]).get("/v1/me")
    assert me["id"] == owner.user["id"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_page_is_told_what_went_wrong(browser: Browser, provider: Provider) -> None:
    orders: dict[str, dict[str, Any]] = {
        "not_registered": {"user": {"sub": "s", "email": new_email(), "email_verified": True}},
        "sign_in_declined": {"error": "access_denied"},
        "provider_unavailable": {"user": {"sub": "s"}, "broken": {"/token": {"status": 500}}},
    }
    for code, order in orders.items():
        provider.order(**order)
        answer = browser.sign_in(PAGE)
        assert answer.status_code == 303
        page, _, fragment = answer.headers["location"].partition("#")
        assert page == PAGE
        assert dict(parse_qsl(fragment))["error"] == code


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/",
        "//evil.example",
        "/signed-in",
        "https://app.example.com.evil.example/",
        "https://app.example.com@evil.example/",
        "https://evil.example\\@app.example.com/",
        "https://app.example.com\\.evil.example/",
        "https://app.example.com:444/",
        "http://app.example.com/",
        "https://app.example.com/#fragment",
        "https://app.example.com/\r\nSet-Cookie: a=b",
        "https://app.example.com/a b",
        "https://app.example.com/é",
        "https://[app.example.com/",
        "javascript:alert(1)",
        "",
    ],
)
def test_token_goes_to_allowed_pages_only(browser: Browser, page: str) -> None:
    answer = browser.go(SIGN_IN, redirect=page)
    problem = refused(answer, 422, "validation_failed")
    assert [error["pointer"] for error in problem["errors"]] == ["query:redirect"]


BROKEN: dict[str, dict[str, Any]] = {
    "fails": {"status": 500},
    "refuses": {"status": 401, "body": '{"error": "invalid_client"}'},
    "says nothing": {"status": 200, "body": ""},
    "says no JSON": {"status": 200, "body": "<html>"},
    "says something else": {"status": 200, "body": '["a"]'},
    "hangs up": {"status": 302},
}


@pytest.mark.parametrize("how", BROKEN)
def test_broken_provider_is_no_failure_of_ours(
    browser: Browser, provider: Provider, owner: Business, how: str
) -> None:
    provider.knows(owner.user["email"], broken={"/token": BROKEN[how]})
    answer = browser.sign_in()
    refused(answer, 503, "provider_unavailable")
    assert int(answer.headers["retry-after"]) > 0


DOCUMENTS: list[dict[str, Any]] = [
    {"document": {"issuer": "https://evil.example"}},
    {"document": {"token_endpoint": "http://evil.example/token"}},
    {"document": {"jwks_uri": 7}},
    {"broken": {"/keys": {"status": 200, "body": '{"keys": "none"}'}}},
    {"broken": {"/keys": {"status": 200, "body": '{"keys": [{"kty": "RSA"}]}'}}},
    {"broken": {"/.well-known/openid-configuration": {"status": 404}}},
]


@pytest.mark.parametrize("order", range(len(DOCUMENTS)))
def test_provider_that_cannot_be_understood_is_unavailable(
    provider: Provider, apis_database: DatabaseUrls, apis_broker: ScratchBroker, order: int
) -> None:
    # Under a name of its own it has not been asked before.
    issuer = provider.url + "/" * (order + 1)
    provider.order(**DOCUMENTS[order])
    with apis_that_know(issuer, apis_database, apis_broker) as apis:
        refused(Browser(apis).go(SIGN_IN), 503, "provider_unavailable")


def test_provider_out_of_reach_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    apis_database: DatabaseUrls,
    apis_broker: ScratchBroker,
) -> None:
    with provider_process(tmp_path_factory.mktemp("provider")) as provider:
        provider.running.kill()
        with apis_that_know(provider.url, apis_database, apis_broker) as apis:
            browser = Browser(apis)
            refused(browser.go(SIGN_IN), 503, "provider_unavailable")
            provider.running.start()
            provider.knows(apis.sign_up().user["email"])
            answered(browser.sign_in(), 200)


def test_silent_provider_holds_no_connection(
    provider: Provider, apis_database: DatabaseUrls, apis_broker: ScratchBroker
) -> None:
    """With one connection alone, others are answered while many wait for the provider."""
    with apis_that_know(provider.url, apis_database, apis_broker, database_pool_size=1) as apis:
        owner = apis.sign_up()
        slow = {"/token": {"seconds": 1.5, "status": 500}}
        provider.knows(owner.user["email"], broken=slow)
        browsers = [Browser(apis) for _ in range(8)]
        brought = [(each, each.consent(each.begin())) for each in browsers]
        with ThreadPoolExecutor(8) as threads:
            waiting = [threads.submit(each.come_back, back) for each, back in brought]
            took = []
            while not all(one.done() for one in waiting):
                began = perf_counter()
                owner.booking.get("/v1/me")
                took.append(perf_counter() - began)
        assert {one.result().status_code for one in waiting} == {503}
    assert len(took) > 5
    assert sorted(took)[len(took) // 2] < 0.5
