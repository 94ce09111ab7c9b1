"""Where a sign-in leads to, and what becomes of it when the provider is broken or silent."""

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

import pytest
from tests.api_clients import Business, answered

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

from .people import new_email
from .signing_in import (
    PAGE,
    SIGN_IN,
    Browser,
    Provider,
    apis_that_know,
    provider_process,
    refused,
)


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
