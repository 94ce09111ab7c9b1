"""Log-ins that are guessed at, sessions that end, and passwords that change."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
from tests.api_clients import PASSWORD, Apis, Business, Client, answered, in_process, settings_of
from tests.services.routes_of import routes_of

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

from .people import RESET, VERIFICATION, Post, at_address, join, log_in, new_email

# Some of these are about what happens while a password is hashed.
pytestmark = pytest.mark.usefixtures("costly_passwords")

LOGIN = "/v1/auth/login"
OWNER, ATTACKER = "192.0.2.1", "198.51.100.7"


@pytest.fixture(scope="module")
def limiting(apis_database: DatabaseUrls, apis_broker: ScratchBroker) -> Iterator[Apis]:
    """Both APIs with their limits on."""
    settings = settings_of(apis_database.app_url, apis_broker.url)
    with in_process(settings.model_copy(update={"rate_limit": "on"})) as apis:
        yield apis


def guess(api: Client, email: str, times: int) -> list[int]:
    """The statuses of so many log-ins with a wrong password."""
    body = {"email": email, "password": "a wrong password"}
    return [api.send("POST", LOGIN, json=body).status_code for _ in range(times)]


def test_guessing_one_account_ends(limiting: Apis) -> None:
    email = limiting.sign_up().user["email"]
    attacker = at_address(limiting.booking, ATTACKER)
    assert guess(attacker, email, 12) == [401] * 10 + [429] * 2
    right = {"email": email, "password": PASSWORD}
    answer = attacker.send("POST", LOGIN, json=right)
    assert answered(answer, 429)["code"] == "rate_limited"
    assert 0 < int(answer.headers["retry-after"]) <= 900
    limiting.clock.pass_by(timedelta(minutes=15))
    log_in(attacker, email)


def test_guesses_at_once_are_counted_all(limiting: Apis) -> None:
    email = limiting.sign_up().user["email"]
    attacker = at_address(limiting.booking, "198.51.100.8")
    with ThreadPoolExecutor(8) as threads:
        statuses = [
            status
            for found in threads.map(lambda _: guess(attacker, email, 3), range(8))
            for status in found
        ]
    assert sorted(statuses) == [401] * 10 + [429] * 14


def test_guesses_from_elsewhere_keep_nobody_out(limiting: Apis) -> None:
    owner = at_address(limiting.booking, OWNER)
    email = limiting.sign_up().user["email"]
    log_in(owner, email)
    for number in range(11):
        guess(at_address(limiting.booking, f"203.0.113.{number}"), email, 10)
    stranger = at_address(limiting.booking, "192.0.2.99")
    assert guess(stranger, email, 1) == [429]
    log_in(owner, email)


def test_guesses_from_one_address_end_whatever_the_account(limiting: Apis) -> None:
    attacker = at_address(limiting.booking, "2001:db8:1:2::1")
    neighbour = at_address(limiting.booking, "2001:db8:1:2::ffff")
    statuses = [guess(attacker, new_email(), 1)[0] for _ in range(100)]
    assert statuses == [401] * 100
    assert guess(neighbour, new_email(), 1) == [429]
    assert guess(at_address(limiting.booking, "2001:db8:1:3::1"), new_email(), 1) == [401]


def test_successful_log_ins_are_not_counted(limiting: Apis) -> None:
    email = limiting.sign_up().user["email"]
    owner = at_address(limiting.booking, "192.0.2.2")
    for _ in range(3):
        assert guess(owner, email, 8) == [401] * 8
        log_in(owner, email)


def test_throttles_are_swept_and_name_nobody(limiting: Apis, post: Post) -> None:
    email = new_email("named")
    guess(at_address(limiting.booking, "192.0.2.3"), email, 1)
    limiting.clock.pass_by(timedelta(days=120))
    for _ in range(60):
        guess(at_address(limiting.booking, "192.0.2.4"), email, 1)
    rows = post.rows("SELECT encode(name, 'escape') AS name, expires_at FROM throttles")
    assert len(rows) < 20
    assert all(email not in row["name"] and "192" not in row["name"] for row in rows)


def test_mails_to_one_address_are_few(limiting: Apis, post: Post) -> None:
    owner = limiting.sign_up()
    for _ in range(7):
        reset = {"email": owner.user["email"]}
        limiting.booking.post("/v1/auth/password-reset", reset, status=202)
        owner.booking.post("/v1/auth/verify-email/resend", status=202)
    assert len(post.tokens(owner.user["email"], RESET)) == 5
    assert len(post.tokens(owner.user["email"], VERIFICATION)) == 1 + 5


def test_guessing_the_present_password_ends(limiting: Apis) -> None:
    owner = limiting.sign_up()
    change = {"currentPassword": "a wrong password", "newPassword": "another password"}
    statuses = [
        owner.booking.send("POST", "/v1/me/password", json=change).status_code for _ in range(11)
    ]
    assert statuses == [422] * 10 + [429]


def test_sign_ups_from_one_address_are_bounded(limiting: Apis) -> None:
    limits = app_limits(limiting.booking)
    assert limits >= {
        "/v1/signup",
        "/v1/users",
        "/v1/auth/password-reset",
        "/v1/auth/password-reset/confirm",
        "/v1/auth/verify-email",
        "/v1/public/{slug}/register",
    }
    crowd = at_address(limiting.booking, "192.0.2.5")
    statuses = [crowd.send("POST", "/v1/signup", json={}).status_code for _ in range(121)]
    assert statuses == [422] * 120 + [429]


def app_limits(api: Client) -> set[str]:
    """The paths of routes that have a limit of their own."""
    return {each.path for each in routes_of(api) if each.guard.limit is not None}


def test_change_of_password_ends_other_sessions(business: Business, apis: Apis) -> None:
    email = business.user["email"]
    other = log_in(apis.booking, email)
    change = {"currentPassword": PASSWORD, "newPassword": "a much newer password"}
    changed = business.booking.post("/v1/me/password", change, status=200)
    assert changed["id"] == business.user["id"]
    other.refused("GET", "/v1/me", 401, "unauthenticated")
    assert business.booking.get("/v1/me")["id"] == business.user["id"]
    old = {"email": email, "password": PASSWORD}
    apis.booking.refused("POST", LOGIN, 401, "invalid_credentials", json=old)
    log_in(apis.booking, email, "a much newer password")


def test_change_of_password_needs_the_present_one(business: Business) -> None:
    change = {"currentPassword": "not this", "newPassword": "a much newer password"}
    problem = business.booking.refused(
        "POST", "/v1/me/password", 422, "wrong_password", json=change
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/currentPassword"]
    short = {"currentPassword": PASSWORD, "newPassword": "short"}
    problem = business.booking.refused(
        "POST", "/v1/me/password", 422, "validation_failed", json=short
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/newPassword"]
    business.booking.with_token(None).refused(
        "POST", "/v1/me/password", 401, "unauthenticated", json=change
    )


def test_repeated_change_of_password_replays(business: Business) -> None:
    change = {"currentPassword": PASSWORD, "newPassword": "a much newer password"}
    key = {"Idempotency-Key": "change"}
    first, again = (
        business.booking.send("POST", "/v1/me/password", json=change, headers=key) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotent-replayed"] == "true"


def test_one_changes_what_others_see_of_one(business: Business) -> None:
    change = {
        "name": "Ada King",
        "phone": "+44 20 7946 0000",
        "timezone": "Europe/London",
        "locale": "en-GB",
        "avatar": "https://example.com/a.png",
    }
    before = business.booking.send("GET", "/v1/me")
    stale = {"If-Match": '"0-0"'}
    business.booking.refused("PATCH", "/v1/me", 412, "version_conflict", json=change, headers=stale)
    fresh = {"If-Match": before.headers["etag"]}
    changed = business.booking.send("PATCH", "/v1/me", json=change, headers=fresh)
    assert answered(changed, 200) == business.booking.get("/v1/me")
    assert changed.json().items() >= change.items()
    assert changed.headers["etag"] != before.headers["etag"]
    emptied = business.booking.send("PATCH", "/v1/me", json={"phone": "", "avatar": ""})
    assert answered(emptied, 200).items() >= {"phone": None, "avatar": None}.items()
    for field in ("role", "status", "permissions", "email", "emailVerified", "password"):
        problem = business.booking.refused(
            "PATCH", "/v1/me", 422, "validation_failed", json={field: "USER"}
        )
        assert [error["pointer"] for error in problem["errors"]] == [f"/{field}"]


def test_oneself_has_a_tag_that_moves_with_the_tenant(business: Business) -> None:
    known = {"If-None-Match": business.booking.send("GET", "/v1/me").headers["etag"]}
    assert business.booking.send("GET", "/v1/me", headers=known).status_code == 304
    business.booking.send("PATCH", "/v1/tenant", json={"name": "Other"})
    fresh = business.booking.send("GET", "/v1/me", headers=known)
    assert answered(fresh, 200)["tenant"]["name"] == "Other"


def test_disabled_user_is_out_at_once(business: Business, post: Post, apis: Apis) -> None:
    for status in ("INACTIVE", "SUSPENDED"):
        user, theirs = join(business, post, "STAFF")
        apis.booking.post("/v1/auth/password-reset", {"email": user["email"]}, status=202)
        address = f"/v1/users/{user['id']}"
        business.booking.send("PATCH", address, json={"status": status})
        theirs.refused("GET", "/v1/me", 401, "unauthenticated")
        body = {"email": user["email"], "password": PASSWORD}
        apis.booking.refused("POST", LOGIN, 401, "invalid_credentials", json=body)
        mailed = len(post.tokens(user["email"], RESET))
        choice = {"token": post.token(user["email"], RESET), "password": PASSWORD}
        path = "/v1/auth/password-reset/confirm"
        apis.booking.refused("POST", path, 422, "invalid_token", json=choice)
        apis.booking.post("/v1/auth/password-reset", {"email": user["email"]}, status=202)
        assert len(post.tokens(user["email"], RESET)) == mailed
        answered(business.booking.send("PATCH", address, json={"status": "ACTIVE"}), 200)
        theirs.refused("GET", "/v1/me", 401, "unauthenticated")
        log_in(apis.booking, user["email"])


def test_hashing_holds_no_connection(
    apis_database: DatabaseUrls, apis_broker: ScratchBroker
) -> None:
    """With one connection alone, others are answered while many passwords are checked."""
    settings = settings_of(apis_database.app_url, apis_broker.url)
    with in_process(settings.model_copy(update={"database_pool_size": 1})) as apis:
        owner = apis.sign_up()
        wrong = {"email": owner.user["email"], "password": "a wrong password"}
        with ThreadPoolExecutor(60) as threads:
            began = perf_counter()
            log_ins = [
                threads.submit(apis.booking.send, "POST", LOGIN, json=wrong) for _ in range(60)
            ]
            took = []
            while not all(log_in.done() for log_in in log_ins):
                before = perf_counter()
                owner.booking.get("/v1/me")
                took.append(perf_counter() - before)
            whole = perf_counter() - began
        assert {log_in.result().status_code for log_in in log_ins} == {401}
    assert len(took) > 5
    assert median(took) < whole / 5


def test_old_password_outlives_no_reset(business: Business, apis: Apis, post: Post) -> None:
    """A log-in that has seen the old password either comes too late or ends with the reset."""
    email = business.user["email"]
    for number in range(10):
        old, new = (PASSWORD if number == 0 else f"password {number - 1}", f"password {number}")
        apis.booking.post("/v1/auth/password-reset", {"email": email}, status=202)
        choice = {"token": post.token(email, RESET), "password": new}
        path = "/v1/auth/password-reset/confirm"
        with ThreadPoolExecutor(4) as threads:
            log_ins = [
                threads.submit(
                    apis.booking.send, "POST", LOGIN, json={"email": email, "password": old}
                )
                for _ in range(3)
            ]
            reset = threads.submit(apis.booking.post, path, choice, status=200)
        reset.result()
        for answer in (attempt.result() for attempt in log_ins):
            assert answer.status_code in (200, 401)
            if answer.status_code == 200:
                late = apis.booking.with_token(answer.json()["token"])
                late.refused("GET", "/v1/me", 401, "unauthenticated")
