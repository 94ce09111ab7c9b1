"""Each message that a request owes keeps the request's place in its trace."""

from collections.abc import Callable

import psycopg
import pytest
from tests.api_clients import Shop

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.tracing import TraceContext

from .bookings import NINE, TEN

SPAN = "b7ad6b7169203331"
WEBHOOK = {"url": "https://hooks.example.com/", "events": ["appointment.cancelled"]}

Call = Callable[[Shop, dict[str, str]], None]


def book(shop: Shop, headers: dict[str, str]) -> None:
    shop.booking.send("POST", "/v1/appointments", json=shop.request(NINE), headers=headers)


def cancel_a_day(shop: Shop, headers: dict[str, str]) -> None:
    for start in (NINE, TEN):
        shop.book(start)
    shop.booking.post("/v1/webhooks", WEBHOOK)
    path = f"/v1/providers/{shop.provider['id']}/cancel-day"
    shop.booking.send("POST", path, json={"date": "2027-03-23"}, headers=headers)


def try_a_webhook(shop: Shop, headers: dict[str, str]) -> None:
    webhook = shop.booking.post("/v1/webhooks", WEBHOOK)
    shop.booking.send("POST", f"/v1/webhooks/{webhook['id']}/test", headers=headers)


def forget_the_password(shop: Shop, headers: dict[str, str]) -> None:
    person = {"email": shop.user["email"]}
    shop.booking.send("POST", "/v1/auth/password-reset", json=person, headers=headers)


@pytest.mark.parametrize(
    ("call", "owed"),
    [
        (book, ["BOOKED"]),
        (cancel_a_day, ["CANCELLED"] * 4),
        (try_a_webhook, ["TEST"]),
        (forget_the_password, ["PASSWORD_RESET"]),
    ],
)
@pytest.mark.parametrize("flags", ["00", "01"])
def test_message_keeps_the_place_of_its_request(
    shop: Shop, apis_database: DatabaseUrls, call: Call, owed: list[str], flags: str
) -> None:
    trace_id = shop.tenant["id"].replace("-", "")
    call(shop, {"traceparent": f"00-{trace_id}-{SPAN}-{flags}"})
    with psycopg.connect(apis_database.owner_url) as connection:
        rows = connection.execute(
            "SELECT kind, traceparent FROM notifications WHERE traceparent LIKE %s",
            (f"00-{trace_id}-%",),
        ).fetchall()
    assert [kind for kind, _ in rows] == owed
    places = {TraceContext.read(traceparent) for _, traceparent in rows}
    [place] = places
    assert place is not None
    # The request is a span of its own below its caller's.
    assert (place.trace_id, place.is_sampled) == (trace_id, flags == "01")
    assert place.span_id != SPAN
