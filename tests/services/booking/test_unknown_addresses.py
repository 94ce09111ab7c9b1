"""Whether somebody has an address does not show, neither in what is answered nor in how long it takes."""

from time import perf_counter
from typing import Any

import pytest
from tests.api_clients import Apis, Business

from .people import RESET, Post, new_email

pytestmark = pytest.mark.usefixtures("costly_passwords")

LOGIN = "/v1/auth/login"
TRIES = 5


def test_unknown_address_takes_as_long_as_a_known_one(
    business: Business, apis: Apis, *, long_run: bool
) -> None:
    known, unknown = business.user["email"], "nobody@nowhere.example"

    def seconds(path: str, body: dict[str, Any]) -> float:
        began = perf_counter()
        apis.booking.send("POST", path, json=body)
        return perf_counter() - began

    def differ(path: str, more: dict[str, str], samples: int) -> bool:
        took: dict[str, list[float]] = {known: [], unknown: []}
        for _ in range(samples):
            for email, found in took.items():
                found.append(seconds(path, {"email": email} | more))
        # The quickest say what the work costs, the others what else the machine had to do.
        one, other = (min(found) for found in took.values())
        return abs(one - other) / max(one, other) >= 0.25

    # A log-in takes a hash's time each time.
    ways: tuple[tuple[str, dict[str, str], int], ...] = (
        (LOGIN, {"password": "a wrong password"}, 100 if long_run else 10),
        ("/v1/auth/password-reset", {}, 100),
    )
    for path, more, samples in ways:
        # What is not alike differs each time, and what a busy machine makes of it does not.
        assert not all(differ(path, more, samples) for _ in range(TRIES)), path


def test_reset_answers_alike_for_everybody(business: Business, apis: Apis, post: Post) -> None:
    answers = [
        apis.booking.send("POST", "/v1/auth/password-reset", json={"email": email})
        for email in (business.user["email"], business.user["email"].upper(), new_email())
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"")] * 3
    assert {frozenset(answer.headers) for answer in answers} == {frozenset(answers[0].headers)}
    assert len(post.tokens(business.user["email"], RESET)) == 2
