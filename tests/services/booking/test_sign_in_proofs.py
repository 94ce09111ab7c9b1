"""What a sign-in at an OpenID provider must prove, and in whose browser, whatever the provider says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.api_clients import Business, answered

from .people import Post
from .signing_in import (
    Browser,
    Provider,
    accounts,
    refused,
)

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
