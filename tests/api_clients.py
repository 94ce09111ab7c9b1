"""Clients of both APIs, and a business that is set up through them as any client would."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx2
from starlette.testclient import TestClient
from structlog import configure, get_config

from sloty_availability.application import create_availability_api
from sloty_booking.application import create_booking_api
from sloty_shared.settings import Settings
from sloty_shared.web.application import Api

# A Monday, 08:00 in Berlin, in the last week before its clocks go forward.
NOW = datetime(2027, 3, 22, 7, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
SECRET_KEY = "a key for tests alone"

_numbers = count(1)


@dataclass(frozen=True)
class Client:
    """Calls an API, in process or over a connection, with a bearer token or none."""

    http: httpx2.Client
    token: str | None = None

    def send(self, method: str, path: str, **request: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= request.pop("headers", {})
        return self.http.request(method, path, headers=headers, **request)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a 200."""
        return answered(self.send("GET", path, params=query), 200)

    def post(self, path: str, body: Any = None, *, status: int = 201) -> Any:
        """The JSON of what was created."""
        return answered(self.send("POST", path, json=body), status)

    def refused(self, method: str, path: str, status: int, code: str, **request: Any) -> Any:
        """The problem document of a refusal with this status and code."""
        answer = self.send(method, path, **request)
        problem = answered(answer, status)
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["code"] == code, problem
        assert problem["status"] == status
        assert problem["type"].endswith(code)
        return problem

    def with_token(self, token: str | None) -> "Client":
        return Client(self.http, token)


def answered(answer: httpx2.Response, status: int) -> Any:
    """The answer's JSON, once it has this status."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer.json() if answer.content else None


@dataclass
class Clock:
    """What both APIs take for now."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@dataclass(frozen=True)
class Apis:
    """Both APIs, for callers without a log-in; in process they share a clock."""

    booking: Client
    availability: Client
    clock: Clock = field(default_factory=Clock)

    def sign_up(self, **changes: Any) -> "Business":
        """A new business with its administrator logged in."""
        number = next(_numbers)
        request = {
            "tenantName": f"Corner Physio {number}",
            "slug": f"corner-physio-{number}",
            "email": f"ada-{number}@physio.example",
            "password": PASSWORD,
            "name": "Ada Lovelace",
        }
        made = self.booking.post("/v1/signup", request | changes)
        return Business(
            booking=self.booking.with_token(made["token"]),
            availability=self.availability.with_token(made["token"]),
            tenant=made["tenant"],
            user=made["user"],
        )


@dataclass(frozen=True)
class Business:
    """A tenant, seen by its administrator."""

    booking: Client
    availability: Client
    tenant: Any
    user: Any

    def add_location(self, **changes: Any) -> Any:
        place = {"name": "Main street", "address": "1 Main Street", "city": "Berlin"}
        return self.booking.post("/v1/locations", place | {"timezone": "Europe/Berlin"} | changes)

    def add_service(self, **changes: Any) -> Any:
        return self.booking.post("/v1/services", {"name": "Massage", "duration": 60} | changes)

    def add_provider(
        self, location: Any, *, hours: tuple[str, str] | None = ("09:00", "12:00"), **changes: Any
    ) -> Any:
        """A provider who is open at these hours every day of the week."""
        user = {"email": f"mary-{next(_numbers)}@physio.example", "name": "Mary Jackson"}
        described = {"user": user, "locationId": location["id"]} | changes
        provider = self.booking.post("/v1/providers", described)
        if hours is not None:
            self.open_daily(provider, *hours)
        return provider

    def open_daily(self, provider: Any, opens: str, closes: str) -> None:
        """These hours, and no others, on every day of the week."""
        rules = [{"dayOfWeek": day, "startTime": opens, "endTime": closes} for day in range(7)]
        path = f"/v1/providers/{provider['id']}/availability"
        answered(self.availability.send("PUT", path, json={"items": rules}), 200)

    def add_rule(self, provider: Any, **fields: Any) -> Any:
        return self.availability.post(f"/v1/providers/{provider['id']}/availability", fields)

    def add_override(self, provider: Any, **fields: Any) -> Any:
        return self.availability.post(f"/v1/providers/{provider['id']}/schedule", fields)

    def slots(self, service: Any, first: str, last: str, **query: Any) -> Any:
        return self.availability.get(
            "/v1/slots", serviceId=service["id"], **{"from": first, "to": last}, **query
        )["items"]


@dataclass(frozen=True)
class Shop(Business):
    """A business with one location in Berlin, one provider open from 9 to 12, one hour's service."""

    location: Any
    provider: Any
    service: Any

    def request(self, start: str, **changes: Any) -> dict[str, Any]:
        """A booking of the service, by a customer who is known by the address or added."""
        return {
            "serviceId": self.service["id"],
            "providerId": self.provider["id"],
            "customer": customer(),
            "startTime": start,
        } | changes

    def book(self, start: str, **changes: Any) -> Any:
        return self.booking.post("/v1/appointments", self.request(start, **changes))

    def refused(self, start: str, status: int, code: str, **changes: Any) -> Any:
        """The problem that answers this booking."""
        body = self.request(start, **changes)
        return self.booking.refused("POST", "/v1/appointments", status, code, json=body)

    def starts(self, first: str, last: str | None = None, **query: Any) -> list[str]:
        """When the provider can be booked for the service, as listed, in the location's zone."""
        asked = {"providerId": self.provider["id"]} | query
        return [
            slot["startTime"] for slot in self.slots(self.service, first, last or first, **asked)
        ]


def customer(**changes: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "firstName": "Grace",
        "lastName": "Hopper",
        "email": f"grace-{number}@navy.example",
    } | changes


def open_shop(apis: Apis, *, service: dict[str, Any] | None = None, **place: Any) -> Shop:
    """A shop of a business of its own; `service` and `place` change what is usual."""
    business = apis.sign_up()
    location = business.add_location(**place)
    return Shop(
        **vars(business),
        location=location,
        provider=business.add_provider(location),
        service=business.add_service(**(service or {})),
    )


def ids_of_messages(shop: Shop) -> dict[str, str]:
    """One id of each collection that has to do with messages."""
    told = {"url": "https://hooks.example.com/", "events": ["appointment.booked"]}
    webhook = shop.booking.post("/v1/webhooks", told)
    tried = shop.booking.post(f"/v1/webhooks/{webhook['id']}/test", status=200)
    words = {"subject": "See you", "text": "Hello", "locale": "en"}
    template = shop.booking.post("/v1/message-templates", words)
    return {
        "webhooks": webhook["id"],
        "deliveries": tried["id"],
        "notifications": tried["id"],
        "message-templates": template["id"],
        "unsubscribe": "no-token",
    }


def settings_of(app_database_url: str, broker_url: str, **changes: Any) -> Settings:
    return Settings(
        app_database_url=app_database_url,
        broker_url=broker_url,
        secret_key=SECRET_KEY,
        rate_limit="off",
        # Opened at start, one by one, for each test.
        **({"database_pool_size": 4} | changes),
    )


@contextmanager
def in_process(settings: Settings) -> Iterator[Apis]:
    """Both APIs in this process, on one clock; a failure that nobody foresaw is a 500."""
    with _logs_left_alone():
        made = (_client(create_booking_api, settings), _client(create_availability_api, settings))
    with made[0] as booking, made[1] as availability:
        apis = Apis(Client(booking), Client(availability))
        for client in (booking, availability):
            app_of(Client(client)).state.runtime.clock = apis.clock
        yield apis


@contextmanager
def _logs_left_alone() -> Iterator[None]:
    """A service sets up the logs of its process; in this one the tests' own stay as they are."""
    handlers, level, structured = logging.root.handlers[:], logging.root.level, get_config()
    yield
    logging.captureWarnings(capture=False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    configure(**structured)


def _client(create: Callable[[Settings], Api], settings: Settings) -> TestClient:
    return TestClient(create(settings), raise_server_exceptions=False)


def app_of(client: Client) -> Any:
    """The application behind a client in this process."""
    assert isinstance(client.http, TestClient)
    return client.http.app
