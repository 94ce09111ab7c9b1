"""The whole role table: every route of both APIs, called by every kind of caller."""

import re
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from tests.api_clients import Apis, Client, Shop, ids_of_messages, open_shop

from sloty_deploy.scratch import DatabaseUrls

from .booking.people import (
    Post,
    accept,
    acting_in,
    join,
    log_in,
    new_email,
    register_proven,
    super_admin,
)
from .ids_of import uploaded_scan
from .role_table import BODIES, CALLERS, FAULTY, NOT_TO_BE_DONE, PASSES, STATUSES, TABLE
from .routes_of import routes_of, unguarded_routes_of

LOG_OUT = "POST /v1/auth/logout"
DAYS = {"from": "2027-03-23", "to": "2027-03-24"}
MISSING_SECRET = "there-is-no-such-secret"


@dataclass(frozen=True)
class Crew:
    """A shop, and the headers of each kind of caller."""

    apis: Apis
    shop: Shop
    headers: dict[str, dict[str, str]]
    emails: dict[str, str]
    ids: dict[str, str]

    def call(self, route: str, who: str, *, faulty: bool) -> httpx2.Response:
        """Call the route with its ids, a body, and a version that nothing ever has."""
        method, path = route.split(" ")
        known = FAULTY if faulty else BODIES.get(route, FAULTY)
        body: dict[str, Any] = {} if method in ("GET", "DELETE") else {"json": known}
        if method == "PATCH" and route not in BODIES:
            body = {"json": {}}
        headers = {"If-Match": '"0"'} if method in ("PATCH", "DELETE") else {}
        if route == "PATCH /v1/me":
            headers = {}
        api = self.api_of(route)
        return api.send(
            method,
            self.address(path),
            params=self.query(path),
            headers=self.headers_of(route, who) | headers,
            **body,
        )

    def api_of(self, route: str) -> Client:
        theirs = {f"{each.method} {each.path}" for each in routes_of(self.apis.availability)}
        return self.apis.availability if route in theirs else self.apis.booking

    def headers_of(self, route: str, who: str) -> dict[str, str]:
        """A log-in of its own for a log-out."""
        found = self.headers[who]
        if route == LOG_OUT and who in self.emails:
            token = log_in(self.apis.booking, self.emails[who]).token
            return found | {"Authorization": f"Bearer {token}"}
        return found

    def address(self, path: str) -> str:
        parts = path.split("/")
        for place, part in enumerate(parts):
            parameter = re.search(r"\{(\w+)\}", part)
            if parameter:
                found = self.ids.get(f"{parts[place - 1]}/{parameter[1]}", self.ids[parameter[1]])
                parts[place] = part.replace(parameter[0], found)
        return "/".join(parts)

    def query(self, path: str) -> dict[str, str]:
        service = {"serviceId": self.ids["service_id"]}
        if path.endswith("/explain"):
            start = {"startTime": "2027-03-23T09:00:00+01:00"}
            return service | start | {"providerId": self.ids["provider_id"]}
        if path.endswith("/slots"):
            return service | DAYS
        if path.endswith("/next"):
            return service
        return DAYS if path.endswith("/calendar") else {}


@pytest.fixture(scope="module")
def crew(running_apis: Apis, apis_database: DatabaseUrls) -> Crew:
    apis, post, shop = running_apis, Post(apis_database), open_shop(running_apis)
    stranger = apis.sign_up()
    operator = super_admin(apis, post)
    users = {
        "user": register_proven(apis, post, shop),
        "other_user": register_proven(apis, post, shop),
    }
    colleague = shop.add_provider(shop.location)
    providers = {"provider": shop.provider, "colleague": colleague}
    emails = {who: user["email"] for who, (user, _) in users.items()}
    emails |= {who: provider["user"]["email"] for who, provider in providers.items()}
    clients = {who: client for who, (_, client) in users.items()}
    clients |= {
        who: accept(apis.booking, post, provider["user"]["email"])[1]
        for who, provider in providers.items()
    }
    staff, clients["staff"] = join(shop, post, "STAFF")
    key = shop.booking.post("/v1/api-keys", {"name": "K", "role": "STAFF"})
    clients |= {
        "stranger": stranger.booking,
        "key": apis.booking.with_token(key["key"]),
        "admin": shop.booking,
        "platform": operator,
    }
    emails |= {
        "stranger": stranger.user["email"],
        "staff": staff["email"],
        "admin": shop.user["email"],
        "platform": operator.get("/v1/me")["email"],
    }
    headers = {who: {"Authorization": f"Bearer {client.token}"} for who, client in clients.items()}
    headers["operator"] = acting_in(operator, shop.tenant["slug"])
    ids = ids_of(shop, post, emails["user"]) | {"key_id": key["id"]}
    return Crew(apis, shop, headers | {"nobody": {}}, emails, ids)


def ids_of(shop: Shop, post: Post, customer_email: str) -> dict[str, str]:
    """What stands in paths, by the parameter's name, with the segment before it where it matters."""
    invited = {"email": new_email(), "name": "N", "role": "STAFF"}
    parameter = {"name": "age", "label": "Age", "type": "NUMBER"}
    service = f"/v1/services/{shop.service['id']}"
    reminder = shop.booking.post("/v1/reminder-rules", {"minutesBefore": 5})
    [event] = post.rows(
        "SELECT id FROM audit_events WHERE tenant_id = %s ORDER BY id LIMIT 1", shop.tenant["id"]
    )
    messages = ids_of_messages(shop)
    secrets = dict.fromkeys(("token", "invitation", "provider", "secret"), MISSING_SECRET)
    return {
        **secrets,
        **ids_of_booked(shop, customer_email),
        "notification_id": messages["notifications"],
        "template_id": messages["message-templates"],
        "webhook_id": messages["webhooks"],
        "delivery_id": messages["deliveries"],
        "user_id": shop.booking.post("/v1/users", invited)["id"],
        "tenant_id": shop.tenant["id"],
        "slug": shop.tenant["slug"],
        "location_id": shop.location["id"],
        "service_id": shop.service["id"],
        "parameter_id": shop.booking.post(f"{service}/parameters", parameter)["id"],
        "provider_id": shop.provider["id"],
        "rule_id": shop.add_rule(shop.provider, dayOfWeek=1, startTime="13:00", endTime="14:00")[
            "id"
        ],
        "reminder-rules/rule_id": reminder["id"],
        "override_id": shop.add_override(shop.provider, date="2027-03-30", type="SICK")["id"],
        "audit_event_id": str(event["id"]),
    }


def ids_of_booked(shop: Shop, customer_email: str) -> dict[str, str]:
    """Of all that one customer has booked, holds and waits for."""
    customer = {"firstName": "Grace", "lastName": "Hopper", "email": customer_email}
    scan = uploaded_scan(shop)
    booked = shop.book("2027-03-23T09:00:00+01:00", customer=customer, parameters={"scan": scan})
    held = {
        "serviceId": shop.service["id"],
        "providerId": shop.provider["id"],
        "startTime": "2027-03-23T11:00:00+01:00",
    }
    weekly = {"rule": "FREQ=WEEKLY;COUNT=2", "customer": customer}
    series = shop.request("2027-04-20T09:00:00+02:00") | weekly
    wish = {"serviceId": shop.service["id"], "customerId": booked["customerId"]}
    waits = shop.booking.post("/v1/waitlist", wish | {"from": "2027-03-23", "to": "2027-03-24"})
    guests = f"/v1/appointments/{booked['id']}/participants"
    return {
        "customer_id": booked["customerId"],
        "appointment_id": booked["id"],
        "series_id": shop.booking.post("/v1/appointments/series", series)["id"],
        "confirmation_code": booked["confirmationCode"],
        "entry_id": waits["id"],
        "waitlist_code": waits["code"],
        "hold_id": shop.booking.post("/v1/holds", held)["id"],
        "file_id": scan,
        "participant_id": shop.booking.post(guests, {"name": "N"})["id"],
    }


def test_every_route_has_a_row(running_apis: Apis) -> None:
    found = [
        f"{each.method} {each.path}"
        for api in (running_apis.booking, running_apis.availability)
        for each in routes_of(api)
    ]
    assert len(found) == len(set(found))
    assert sorted(set(found) - set(TABLE)) == []
    assert sorted(set(TABLE) - set(found)) == []
    assert all(len(row) == len(CALLERS) for row in TABLE.values())
    assert set(BODIES) <= set(TABLE)


@pytest.mark.parametrize("name", ["booking", "availability"])
def test_what_needs_no_caller_is_no_part_of_the_api(running_apis: Apis, name: str) -> None:
    paths = unguarded_routes_of(getattr(running_apis, name))
    assert all(not path.startswith("/v1") for path in paths)
    assert {"/healthz", "/readyz", "/metrics", "/openapi.json"} <= paths


@pytest.mark.parametrize("route", TABLE)
def test_route_answers_each_caller_as_the_table_says(crew: Crew, route: str) -> None:
    said = ""
    for who, expected in sorted(
        zip(CALLERS, TABLE[route], strict=True), key=lambda pair: pair[1] == PASSES
    ):
        faulty = expected == PASSES and route in NOT_TO_BE_DONE
        if route == "DELETE /v1/reminder-rules/{rule_id}":
            renew_reminder_rule(crew)
        answer = crew.call(route, who, faulty=faulty)
        if letter(answer) != expected:
            said += f"{who}: {answer.status_code} {answer.text[:200]}\n"
    assert said == ""


def letter(answer: httpx2.Response) -> str:
    for each, status in STATUSES.items():
        if answer.status_code == status:
            return each
    return PASSES if answer.status_code < 500 else "!"


def renew_reminder_rule(crew: Crew) -> None:
    """Its deletion asks for no version, so that each caller needs one of their own."""
    rules = crew.shop.booking.get("/v1/reminder-rules", limit=200)["items"]
    free = next(m for m in range(100, 200) if all(rule["minutesBefore"] != m for rule in rules))
    made = crew.shop.booking.post("/v1/reminder-rules", {"minutesBefore": free})
    crew.ids["reminder-rules/rule_id"] = made["id"]
