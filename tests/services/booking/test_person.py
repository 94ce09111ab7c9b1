"""A person's data: all of it in one export, and none of it anywhere after an erasure."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.api_clients import PASSWORD, Apis, Shop, in_process, open_shop, settings_of
from tests.audit_trail import app_database

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_notifications.seal import seal_audit
from sloty_shared.audit_verify import Verdict, verify_chains

from .one_person import PERSON, TIMES, TRACES, dump, leave_traces, take_part_elsewhere


@pytest.fixture
def apis(database: DatabaseUrls, apis_broker: ScratchBroker) -> Iterator[Apis]:
    """Over a database of the test's own: whatever is found in it, the test has put there."""
    with in_process(settings_of(database.app_url, apis_broker.url)) as apis:
        yield apis


@pytest.fixture
def person(shop: Shop, database: DatabaseUrls) -> Any:
    return leave_traces(shop, database)


@pytest.fixture
def take_part(shop: Shop, person: Any, database: DatabaseUrls) -> str:
    """Somebody else's appointment in which the person takes part."""
    assert person
    return take_part_elsewhere(shop, database)


def erase(shop: Shop, customer: Any, **body: Any) -> Any:
    path = f"/v1/customers/{customer['id']}/erase"
    return shop.booking.post(path, body or {"cancelAppointments": True}, status=200)


def sealed(database: DatabaseUrls, shop: Shop) -> Verdict:
    app = app_database(database)
    while seal_audit(app):
        pass
    app.dispose()
    (verdict,) = verify_chains(database.owner_url, shop.tenant["slug"])
    return verdict


def test_export_has_everything(shop: Shop, person: Any, take_part: str) -> None:
    found = shop.booking.get(f"/v1/customers/{person['id']}/export")
    assert found["customer"]["email"] == PERSON["email"]
    assert found["account"]["name"] == "Wilhelmina"
    first, second = found["appointments"]
    assert first["appointment"]["cancellationReason"] == "notes-canary"
    assert first["appointment"]["internalNotes"] == "notes-canary"
    assert [answer["value"] for answer in second["parameters"]] == ["answer-canary"]
    assert [each["name"] for each in second["participants"]] == ["friend-canary"]
    assert [each["appointmentId"] for each in found["participations"]] == [take_part]
    kinds = {message["kind"] for message in found["notifications"]}
    assert kinds == {"BOOKED", "CANCELLED", "EMAIL_VERIFICATION", "WAITLIST_OFFER"}
    assert [each["notes"] for each in found["waitlist"]] == ["notes-canary"]
    actions = [event["action"] for event in found["auditEvents"]]
    assert actions[0] == "customer.created"
    assert actions.count("appointment.booked") == 2
    assert "user.registered" in actions
    told = json.dumps(found, ensure_ascii=False)
    assert [trace for trace in TRACES if trace not in told] == ["key-canary"]


def test_erased_person_is_in_no_dump(
    shop: Shop, person: Any, take_part: str, database: DatabaseUrls
) -> None:
    assert sealed(database, shop).faults == []
    before = dump(database)
    assert [trace for trace in TRACES if trace not in before] == ["key-canary"]
    assert erase(shop, person)["email"] == f"erased-{person['id']}@erased.invalid"
    after = dump(database)
    assert [trace for trace in TRACES if trace in after] == []
    assert "mina.zyskowska" not in after.lower()
    assert shop.booking.get(f"/v1/appointments/{take_part}")["status"] == "SCHEDULED"


def test_erasure_leaves_chain_and_counts_intact(
    shop: Shop, person: Any, database: DatabaseUrls
) -> None:
    before = sealed(database, shop)
    appointments = len(shop.booking.get("/v1/appointments")["items"])
    messages = len(shop.booking.get("/v1/notifications")["items"])
    erase(shop, person)
    after = sealed(database, shop)
    assert after.faults == []
    assert after.sealed > before.sealed
    assert after.forgotten >= 5
    assert len(shop.booking.get("/v1/appointments")["items"]) == appointments
    assert len(shop.booking.get("/v1/notifications")["items"]) == messages + 2
    (verdict,) = verify_chains(database.owner_url, shop.tenant["slug"], before.head)
    assert verdict.faults == []


def test_erased_before_it_was_sealed_is_sealed_all_the_same(
    shop: Shop, person: Any, database: DatabaseUrls
) -> None:
    erase(shop, person)
    verdict = sealed(database, shop)
    assert (verdict.waiting, verdict.faults) == (0, [])
    assert verdict.forgotten >= 5


def test_events_tell_of_an_erasure_what_is_left(shop: Shop, person: Any) -> None:
    erase(shop, person)
    events = shop.booking.get("/v1/audit-events", entityId=person["id"])["items"]
    erasure, *others = events
    assert erasure["action"] == "customer.erased"
    assert not erasure["erased"]
    assert person["id"] in erasure["after"]["erased"]
    assert others
    for event in others:
        assert event["erased"]
        assert (event["before"], event["after"], event["address"]) == (None, None, None)
        assert event["actorId"] == shop.user["id"]


def test_coming_appointments_stand_in_the_way(shop: Shop, person: Any) -> None:
    coming = shop.booking.get("/v1/appointments", customerId=person["id"], status="SCHEDULED")
    path = f"/v1/customers/{person['id']}/erase"
    for body in (None, {}, {"cancelAppointments": False}):
        problem = shop.booking.refused("POST", path, 409, "has_coming_appointments", json=body)
        assert problem["appointmentIds"] == [each["id"] for each in coming["items"]]
    assert shop.booking.get(f"/v1/customers/{person['id']}")["firstName"] == "Wilhelmina"
    erase(shop, person)
    left = shop.booking.get("/v1/appointments", customerId=person["id"])["items"]
    assert {each["status"] for each in left} == {"CANCELLED"}
    assert TIMES[1] in shop.starts("2027-03-24")


def test_past_appointments_do_not_stand_in_the_way(shop: Shop, clock: Any) -> None:
    booked = shop.book(TIMES[0])
    shop.booking.post(f"/v1/appointments/{booked['id']}/check-in", status=200)
    shop.booking.post(f"/v1/appointments/{booked['id']}/start", status=200)
    clock.now = clock.now.replace(day=28)
    done = shop.booking.post(f"/v1/appointments/{booked['id']}/complete", status=200)
    path = f"/v1/customers/{booked['customerId']}/erase"
    assert shop.booking.post(path, status=200)["firstName"] == "Erased"
    assert shop.booking.get(f"/v1/appointments/{booked['id']}")["status"] == done["status"]


def test_no_message_goes_out_after_an_erasure(shop: Shop, person: Any) -> None:
    before = shop.booking.get("/v1/notifications")["items"]
    about = {message["id"] for message in before if message["appointmentId"]}
    to_account = {each["id"] for each in before if each["recipient"] == PERSON["email"]} - about
    erase(shop, person)
    after = shop.booking.get("/v1/notifications")["items"]
    erased = [each for each in after if each["appointmentId"] or each["id"] in to_account]
    assert len(erased) == len(about) + len(to_account) + 2
    assert {message["status"] for message in erased} == {"SKIPPED", "FAILED"}
    assert {message["reason"] for message in erased} == {"The customer's data were erased."}
    recipients = {message["recipient"] for message in erased}
    assert recipients == {f"erased-{message['id']}@erased.invalid" for message in erased}


def test_person_erased_cannot_log_in(shop: Shop, person: Any) -> None:
    visitor = shop.booking.with_token(None)
    login = {"email": PERSON["email"], "password": PASSWORD}
    token = visitor.post("/v1/auth/login", login, status=200)["token"]
    erase(shop, person)
    visitor.with_token(token).refused("GET", "/v1/me", 401, "unauthenticated")
    visitor.refused("POST", "/v1/auth/login", 401, "invalid_credentials", json=login)


def test_erased_twice_answers_the_same(shop: Shop, person: Any) -> None:
    first = erase(shop, person)
    assert {first[name] for name in ("phone", "dateOfBirth", "gender", "address")} == {None}
    assert (first["firstName"], first["lastName"], first["preferences"]) == ("Erased", "Erased", {})
    assert erase(shop, person) == first
    assert shop.booking.get(f"/v1/customers/{person['id']}") == first


def test_erased_address_books_as_somebody_new(shop: Shop, person: Any) -> None:
    erase(shop, person)
    again = shop.book(TIMES[0], customer={**PERSON, "firstName": "Wilhelmina"})
    assert again["customerId"] != person["id"]


def test_kept_answers_that_name_the_person_go(shop: Shop, database: DatabaseUrls) -> None:
    def post(key: str, path: str, body: Any) -> Any:
        return shop.booking.send("POST", path, json=body, headers={"Idempotency-Key": key})

    customer = post("about-the-person", "/v1/customers", PERSON).json()
    post("about-nobody", "/v1/services", {"name": "Other", "duration": 30})
    erase(shop, customer)
    with psycopg.connect(database.owner_url) as owner:
        kept = owner.execute(
            "SELECT key FROM idempotency_keys WHERE tenant_id = %s", [shop.tenant["id"]]
        ).fetchall()
    assert kept == [("about-nobody",)]


def test_staff_may_export_and_not_erase(shop: Shop, person: Any) -> None:
    key = shop.booking.post("/v1/api-keys", {"name": "desk", "role": "STAFF"})["key"]
    desk = shop.booking.with_token(key)
    assert desk.get(f"/v1/customers/{person['id']}/export")["customer"] == shop.booking.get(
        f"/v1/customers/{person['id']}"
    )
    desk.refused("POST", f"/v1/customers/{person['id']}/erase", 403, "forbidden")


def test_person_of_another_business_stays(shop: Shop, apis: Apis, person: Any) -> None:
    other = open_shop(apis)
    namesake = other.booking.post("/v1/customers", PERSON)
    for path in ("export", "erase"):
        method = "GET" if path == "export" else "POST"
        other.booking.refused(method, f"/v1/customers/{person['id']}/{path}", 404, "not_found")
    erase(shop, person)
    assert other.booking.get(f"/v1/customers/{namesake['id']}") == namesake
    erase(other, namesake)


def test_services_role_only_forgets(shop: Shop, apis: Apis, database: DatabaseUrls) -> None:
    """What the door does to an event: nothing but forgetting, and nothing in another business."""
    other = open_shop(apis)
    with psycopg.connect(database.app_url) as services:
        services.execute("SELECT set_config('app.tenant_id', %s, true)", [shop.tenant["id"]])
        found = services.execute(
            "SELECT * FROM forget_audit_details(%s)",
            [[shop.service["id"], other.service["id"]]],
        ).fetchall()
        services.rollback()
    assert [tuple(map(str, row)) for row in found] == [(shop.tenant["id"], shop.service["id"])]
