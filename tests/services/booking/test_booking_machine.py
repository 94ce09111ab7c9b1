"""Whatever is done in whatever order, the API answers as a simple model does, and lists what is free in it."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.api_clients import Apis, Client, Shop, customer, open_shop

from sloty_deploy.scratch import DatabaseUrls

from .booking_model import HOLD, OPEN_HOURS, STANDING, Given, Model, Taken
from .bookings import change_rows, change_settings, path_of, rows
from .test_approval import expire

NUMBERS = st.integers(min_value=0, max_value=1000)
_days = count(1)
OVERLAPS = """
    SELECT a.id FROM held_times a JOIN held_times b ON a.provider_id = b.provider_id AND a.id < b.id
       AND a.held_from < b.held_until AND b.held_from < a.held_until AND a.seat_group <> b.seat_group
    WHERE a.tenant_id = %s
"""


class World:
    """A business with two providers that all runs of the machine share; each has a day of its own."""

    def __init__(self, apis: Apis, database: DatabaseUrls) -> None:
        shop = open_shop(apis, service={"duration": 60}, timezone="UTC")
        other = shop.add_provider(shop.location)
        change_settings(shop, slotInterval=30)
        # The days run far into the future, where neither trial nor log-in lasts.
        unending = "UPDATE tenants SET trial_ends_at = NULL WHERE id = %s"
        change_rows(database, unending, shop.tenant["id"])
        key = {"name": "Machine", "role": "TENANT_ADMIN"}
        token = shop.booking.post("/v1/api-keys", key)["key"]
        self.shop: Shop = shop
        self.booking: Client = shop.booking.with_token(token)
        self.availability: Client = shop.availability.with_token(token)
        self.clock = apis.clock
        self.database = database
        self.providers = (shop.provider["id"], other["id"])
        self.services = (
            Given(shop.service["id"], timedelta(minutes=60)),
            self._service(name="Short", duration=30, bufferTime=15),
            self._service(name="Asked for", duration=60, requiresApproval=True),
            self._service(name="Group", duration=60, capacity=3),
        )

    def _service(self, **fields: Any) -> Given:
        made = self.shop.add_service(**fields)
        duration, buffer = (timedelta(minutes=made[name]) for name in ("duration", "bufferTime"))
        return Given(made["id"], duration, buffer, made["requiresApproval"], made["capacity"])


class Machine(RuleBasedStateMachine):
    """Each rule does one thing through the API and in the model, and compares the two."""

    world: World

    @initialize()
    def begin_a_day(self) -> None:
        day = datetime(2027, 4, 1, 9, tzinfo=UTC) + timedelta(days=next(_days))
        self.world.clock.now = day - timedelta(hours=1)
        self.model = Model(self.world.providers, day, self.world.clock.now)

    @rule(service=NUMBERS, provider=NUMBERS, time=NUMBERS)
    def book(self, service: int, provider: int, time: int) -> None:
        given, asked = self._given(service), self._provider(provider)
        start = self._start(time)
        body = self._wish(given, asked, start) | {"customer": customer()}
        made = self._taken("/v1/appointments", body, given, asked, start)
        if made is not None:
            taken = Taken(given, made["providerId"], start, made["status"])
            self.model.appointments[made["id"]] = taken
            assert made["status"] == "SCHEDULED"

    @rule(service=NUMBERS, provider=NUMBERS, time=NUMBERS)
    def hold(self, service: int, provider: int, time: int) -> None:
        given, asked = self._given(service), self._provider(provider)
        start = self._start(time)
        made = self._taken("/v1/holds", self._wish(given, asked, start), given, asked, start)
        if made is not None:
            expires = min(self.model.now + HOLD, start)
            assert datetime.fromisoformat(made["expiresAt"]) == expires
            held = Taken(given, made["providerId"], start, "HELD", expires)
            self.model.holds[made["id"]] = held

    @precondition(lambda self: self.model.holds)
    @rule(which=NUMBERS)
    def book_what_is_held(self, which: int) -> None:
        row, hold = _nth(self.model.holds, which)
        body = self._wish(hold.given, hold.provider, hold.start)
        body |= {"holdId": row, "customer": customer()}
        if row in self.model.live_holds():
            made = self.world.booking.post("/v1/appointments", body)
            assert (made["providerId"], made["status"]) == (hold.provider, "SCHEDULED")
            taken = Taken(hold.given, hold.provider, hold.start, "SCHEDULED")
            self.model.appointments[made["id"]] = taken
            self.model.end_hold(row)
        else:
            answer = self.world.booking.send("POST", "/v1/appointments", json=body)
            code = answer.json()["code"]
            # What took its time has deleted an expired hold.
            assert (answer.status_code, code) in {(409, "hold_expired"), (404, "not_found")}

    @precondition(lambda self: self.model.holds)
    @rule(which=NUMBERS)
    def give_back(self, which: int) -> None:
        row, _ = _nth(self.model.holds, which)
        live = row in self.model.live_holds()
        answer = self.world.booking.send("DELETE", f"/v1/holds/{row}")
        assert answer.status_code == (204 if live else 404)
        if live:
            self.model.end_hold(row)

    @precondition(lambda self: self.model.appointments)
    @rule(which=NUMBERS)
    def confirm(self, which: int) -> None:
        row, taken = _nth(self.model.appointments, which)
        self._act(row, "confirm", "CONFIRMED", allowed=taken.status == "SCHEDULED")

    @precondition(lambda self: self.model.appointments)
    @rule(which=NUMBERS)
    def cancel_or_decline(self, which: int) -> None:
        row, taken = _nth(self.model.appointments, which)
        self._act(row, "cancel", "CANCELLED", allowed=taken.status in STANDING)
        if taken.status in STANDING:
            query = {"appointmentId": row}
            told = self.world.booking.get("/v1/notifications", **query)["items"]
            assert told[-1]["kind"] == ("DECLINED" if taken.is_requested else "CANCELLED")

    @precondition(lambda self: self.model.appointments)
    @rule(which=NUMBERS, provider=NUMBERS, time=NUMBERS)
    def move(self, which: int, provider: int, time: int) -> None:
        row, taken = _nth(self.model.appointments, which)
        start, goes_to = self._start(time), self._provider(provider) or taken.provider
        path = path_of({"id": row}, "reschedule")
        body = {"startTime": start.isoformat(), "providerId": goes_to}
        if taken.status not in STANDING:
            self.world.booking.refused("POST", path, 409, "invalid_transition", json=body)
            return
        made = self._taken(path, body, taken.given, goes_to, start, but=row)
        if made is not None:
            approved = taken.given.asked and taken.status == "CONFIRMED"
            assert made["status"] == ("CONFIRMED" if approved else "SCHEDULED")
            assert made["rescheduledFromId"] == row
            self.model.become(row, "RESCHEDULED")
            moved = Taken(taken.given, goes_to, start, made["status"])
            self.model.appointments[made["id"]] = moved

    @rule(minutes=st.sampled_from([1, 4, 5, 29, 30, 31]))
    def wait(self, minutes: int) -> None:
        self.model.now += timedelta(minutes=minutes)
        self.world.clock.now = self.model.now

    @rule()
    def let_requests_expire(self) -> None:
        expire(self.world.database, self.world.shop, self.model.now)
        self.model.expire_requests()

    @rule(service=NUMBERS, provider=NUMBERS)
    def list_what_is_free(self, service: int, provider: int) -> None:
        self._compare(self._given(service), self._provider(provider))

    def teardown(self) -> None:
        """All is as in the model in the end; what is left of the day does not wait for an answer."""
        for given in self.world.services:
            self._compare(given, None)
        for row, taken in self.model.appointments.items():
            assert self.world.booking.get(path_of({"id": row}))["status"] == taken.status
        assert rows(self.world.database, OVERLAPS, self.world.shop.tenant["id"]) == []
        late = self.model.opening + timedelta(days=1)
        expire(self.world.database, self.world.shop, late)

    def _compare(self, given: Given, provider: str | None) -> None:
        date = self.model.opening.date().isoformat()
        query = {"serviceId": given.id, "from": date, "to": date}
        if provider is not None:
            query["providerId"] = provider
        listed = self.world.availability.get("/v1/slots", **query)["items"]
        free = {(each["providerId"], datetime.fromisoformat(each["startTime"])) for each in listed}
        assert len(free) == len(listed)
        assert free == self.model.free(given, provider)
        if given.places > 1:
            for each in listed:
                start = datetime.fromisoformat(each["startTime"])
                left = self.model.places_left(given, each["providerId"], start)
                assert each["placesLeft"] == left

    def _taken(
        self, path: str, body: Any, given: Given, provider: str | None, start: datetime,
        but: str | None = None,
    ) -> Any:  # fmt: skip
        """What was made, as the model expects it, or None where it expects a refusal."""
        refusal = self.model.refusal(given, provider, start, but)
        if refusal is not None:
            status = 409 if refusal == "slot_unavailable" else 422
            self.world.booking.refused("POST", path, status, refusal, json=body)
            return None
        fairest = self.model.fairest(given, start) if provider is None else {provider}
        made = self.world.booking.post(path, body)
        assert datetime.fromisoformat(made["startTime"]) == start
        assert made["providerId"] in fairest
        return made

    def _act(self, row: str, action: str, becomes: str, *, allowed: bool) -> None:
        path = path_of({"id": row}, action)
        if not allowed:
            self.world.booking.refused("POST", path, 409, "invalid_transition")
            return
        assert self.world.booking.post(path, status=200)["status"] == becomes
        self.model.become(row, becomes)

    def _given(self, number: int) -> Given:
        return self.world.services[number % len(self.world.services)]

    def _provider(self, number: int) -> str | None:
        return (*self.world.providers, None)[number % 3]

    def _start(self, number: int) -> datetime:
        return self.model.starts[number % (2 * OPEN_HOURS)]

    def _wish(self, given: Given, provider: str | None, start: datetime) -> dict[str, Any]:
        wish = {"serviceId": given.id, "startTime": start.isoformat()}
        return wish if provider is None else wish | {"providerId": provider}


def _nth(rows: dict[str, Taken], number: int) -> tuple[str, Taken]:
    return list(rows.items())[number % len(rows)]


@pytest.mark.timeout(7200)
def test_api_does_as_the_model(apis: Apis, apis_database: DatabaseUrls, *, long_run: bool) -> None:
    Machine.world = World(apis, apis_database)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=2000 if long_run else 10,
            stateful_step_count=50 if long_run else 20,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
