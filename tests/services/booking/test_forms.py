"""Defining a service's form, and reading it as JSON Schema."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.api_clients import Apis, Shop, answered, open_shop

from sloty_booking.forms.actions import MAX_PARAMETERS
from sloty_deploy.scratch import DatabaseUrls

TYPES = [
    *("TEXT", "NUMBER", "EMAIL", "PHONE", "DATE", "TIME", "DATETIME", "BOOLEAN"),
    *("SELECT", "MULTISELECT", "RADIO", "CHECKBOX", "TEXTAREA", "FILE", "URL"),
]
WITH_OPTIONS = {"SELECT", "MULTISELECT", "RADIO", "CHECKBOX"}
TEXTS = {"TEXT", "TEXTAREA", "EMAIL", "PHONE", "URL"}
AT, BELOW, ABOVE = "2026-11-23T09:00:00Z", "2026-11-23T09:30:00+01:00", "2027-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def studio(running_apis: Apis) -> Shop:
    return open_shop(running_apis)


def form(shop: Shop, service: Any) -> str:
    return f"/v1/services/{(service or shop.service)['id']}"


def field(name: str = "size", kind: str = "TEXT", **more: Any) -> dict[str, Any]:
    options = {"options": ["a", "b"]} if kind in WITH_OPTIONS else {}
    return {"name": name, "label": "A label", "type": kind} | options | more


@pytest.mark.parametrize("kind", TYPES)
def test_field_of_each_type_is_defined(studio: Shop, kind: str) -> None:
    path = f"{form(studio, studio.add_service())}/parameters"
    asked = field("a_field", kind, description="Why", required=True, order=-3, group="You")
    answer = studio.booking.send("POST", path, json=asked)
    made = answered(answer, 201)
    assert answer.headers["location"] == f"{path}/{made['id']}"
    found = studio.booking.send("GET", f"{path}/{made['id']}")
    assert answered(found, 200) == made
    assert found.headers["etag"] == answer.headers["etag"]
    stamps = {"id", "serviceId", "createdAt", "updatedAt"}
    expected = {"options": None, "validation": None} | asked
    assert {name: made[name] for name in made.keys() - stamps} == expected


RULES: list[tuple[str, Any]] = [
    ("TEXT", {"minLength": 0, "maxLength": 80, "pattern": r"^[A-Z]{2}\d+$"}),
    ("TEXTAREA", {"minLength": 10_000}),
    ("EMAIL", {"pattern": "@corp[.]example$"}),
    ("PHONE", {"minLength": 8}),
    ("URL", {"maxLength": 300}),
    ("NUMBER", {"min": -1.5, "max": 9007199254740993}),
    ("NUMBER", {"min": 1, "max": 1}),
    ("DATE", {"min": "1900-01-01", "max": "2026-11-23"}),
    ("TIME", {"min": "00:00", "max": "23:59"}),
    ("DATETIME", {"min": AT, "max": ABOVE}),
    ("MULTISELECT", {"min": 1, "max": 2}),
    ("CHECKBOX", {"max": 1}),
    ("FILE", {"maxBytes": 1000, "contentTypes": ["application/pdf", "image/*"]}),
]


@pytest.mark.parametrize(("kind", "rules"), RULES)
def test_rules_are_kept_as_given(studio: Shop, kind: str, rules: Any) -> None:
    path = f"{form(studio, studio.add_service())}/parameters"
    made = studio.booking.post(path, field(kind=kind, validation=rules))
    assert made["validation"] == rules
    labelled = [{"value": "v", "label": "Vegan"}, "meat"]
    if kind in WITH_OPTIONS:
        made = studio.booking.post(path, field("other", kind, options=labelled))
        assert made["options"] == labelled


FAULTS: list[tuple[str, dict[str, Any], set[str]]] = [
    *((kind, {"options": None}, {"/options"}) for kind in sorted(WITH_OPTIONS)),
    *((kind, {"options": []}, {"/options"}) for kind in sorted(WITH_OPTIONS)),
    *((kind, {"options": ["a"]}, {"/options"}) for kind in sorted({*TYPES} - WITH_OPTIONS)),
    *(
        (kind, {"validation": {"minLength": 1}}, {"/validation/minLength"})
        for kind in sorted({*TYPES} - TEXTS)
    ),
    *(
        (kind, {"validation": {"min": 1, "what": 2}}, {"/validation/min", "/validation/what"})
        for kind in sorted(TEXTS | {"BOOLEAN", "SELECT", "RADIO", "FILE"})
    ),
    ("SELECT", {"options": ["a", "b", "a", "b"]}, {"/options/2", "/options/3"}),
    ("SELECT", {"options": ["a", {"value": "a", "label": "x"}]}, {"/options/1"}),
    ("SELECT", {"options": ["", 1, None, "\x00"]}, {f"/options/{n}" for n in range(4)}),
    ("RADIO", {"options": [{"value": "a"}]}, {"/options/0/label"}),
    (
        "RADIO",
        {"options": [{"value": 1, "label": "x", "y": 1}]},
        {"/options/0/value", "/options/0/y"},
    ),
    ("TEXT", {"validation": {"minLength": 3, "maxLength": 2}}, {"/validation/maxLength"}),
    ("TEXT", {"validation": {"minLength": -1}}, {"/validation/minLength"}),
    ("TEXT", {"validation": {"minLength": True}}, {"/validation/minLength"}),
    ("TEXT", {"validation": {"minLength": 1001}}, {"/validation/minLength"}),
    ("TEXT", {"validation": {"maxLength": 10_001}}, {"/validation/maxLength"}),
    ("TEXT", {"validation": {"maxLength": 2**63}}, set()),
    ("TEXT", {"validation": []}, {"/validation"}),
    ("TEXT", {"validation": "x"}, {"/validation"}),
    ("NUMBER", {"validation": {"min": 2, "max": 1}}, {"/validation/max"}),
    ("NUMBER", {"validation": {"min": "1", "max": True}}, {"/validation/min", "/validation/max"}),
    (
        "DATE",
        {"validation": {"min": 1, "max": "2026-02-30"}},
        {"/validation/min", "/validation/max"},
    ),
    ("DATE", {"validation": {"min": "2026-02-02", "max": "2026-02-01"}}, {"/validation/max"}),
    (
        "TIME",
        {"validation": {"min": "24:00", "max": "9:00"}},
        {"/validation/min", "/validation/max"},
    ),
    ("TIME", {"validation": {"min": "09:00", "max": "08:59"}}, {"/validation/max"}),
    ("DATETIME", {"validation": {"min": AT[:-1]}}, {"/validation/min"}),
    ("DATETIME", {"validation": {"min": AT, "max": BELOW}}, {"/validation/max"}),
    ("CHECKBOX", {"validation": {"min": 3}}, {"/validation/min"}),
    ("CHECKBOX", {"validation": {"min": 2, "max": 1}}, {"/validation/max"}),
    ("MULTISELECT", {"validation": {"min": 1.0}}, {"/validation/min"}),
    ("FILE", {"validation": {"maxBytes": 0}}, {"/validation/maxBytes"}),
    ("FILE", {"validation": {"contentTypes": []}}, {"/validation/contentTypes"}),
    ("FILE", {"validation": {"contentTypes": ["pdf"]}}, {"/validation/contentTypes/0"}),
    ("TEXT", {"name": "two words"}, {"/name"}),
    ("TEXT", {"name": "1st", "label": "", "order": 2**31}, {"/name", "/label", "/order"}),
    ("TEXT", {"name": "a" * 65, "serviceId": "x"}, {"/name", "/serviceId"}),
    ("COLOUR", {"validation": {"x": 1}, "required": 1}, {"/type", "/required"}),
]


@pytest.mark.parametrize(("kind", "more", "pointers"), FAULTS)
def test_each_fault_of_a_definition_is_named(
    studio: Shop, kind: str, more: dict[str, Any], pointers: set[str]
) -> None:
    path = f"{form(studio, None)}/parameters"
    body = field(kind=kind) | more
    answer = studio.booking.send("POST", path, json=body)
    if not pointers:
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
        return
    problem = answered(answer, 422)
    assert {error["pointer"] for error in problem["errors"]} == pointers, problem


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)b", "(?<!a)b", r"(a)\1", r"(?<n>a)\k<n>", "(", "[", "a{501}", "*", "x" * 501, ""],
)
def test_pattern_that_is_wrong_or_slow_is_refused(studio: Shop, pattern: str) -> None:
    body = field(validation={"pattern": pattern})
    path = f"{form(studio, None)}/parameters"
    problem = studio.booking.refused("POST", path, 422, "validation_failed", json=body)
    assert [error["pointer"] for error in problem["errors"]] == ["/validation/pattern"]


def test_name_is_unique_within_the_service(shop: Shop) -> None:
    path = f"{form(shop, None)}/parameters"
    shop.booking.post(path, field("size"))
    other = shop.booking.post(path, field("Size"))
    shop.booking.refused("POST", path, 409, "parameter_exists", json=field("size"))
    shop.booking.refused(
        "PATCH", f"{path}/{other['id']}", 409, "parameter_exists", json={"name": "size"}
    )
    shop.booking.post(f"{form(shop, shop.add_service())}/parameters", field("size"))


def test_of_equal_fields_at_once_one_is_added(shop: Shop) -> None:
    path = f"{form(shop, None)}/parameters"

    def send(_number: int) -> int:
        return shop.booking.send("POST", path, json=field()).status_code

    with ThreadPoolExecutor(4) as threads:
        assert Counter(threads.map(send, range(8))) == {201: 1, 409: 7}


def test_form_has_a_bounded_number_of_fields(shop: Shop) -> None:
    path = f"{form(shop, None)}/parameters"
    for number in range(MAX_PARAMETERS):
        shop.booking.post(path, field(f"field_{number}", order=-number))
    shop.booking.refused("POST", path, 422, "too_many", json=field())
    listed = shop.booking.get(path, limit=200)["items"]
    assert [each["order"] for each in listed] == list(range(1 - MAX_PARAMETERS, 1))
    first = shop.booking.get(path, limit=7)
    rest = shop.booking.get(path, limit=200, cursor=first["nextCursor"])
    assert first["items"] + rest["items"] == listed


def test_field_is_changed_as_a_whole(shop: Shop) -> None:
    path = f"{form(shop, None)}/parameters"
    made = shop.booking.post(path, field(kind="SELECT", description="Why", group="You"))
    address = f"{path}/{made['id']}"

    def change(**body: Any) -> Any:
        return answered(shop.booking.send("PATCH", address, json=body), 200)

    for body, pointer in [
        ({"type": "TEXT"}, "/options"),
        ({"options": []}, "/options"),
        ({"validation": {"min": 1}}, "/validation/min"),
        ({"type": "CHECKBOX", "validation": {"min": 3}}, "/validation/min"),
        ({"type": "NUMBER", "options": [], "validation": {"min": 2, "max": 1}}, "/validation/max"),
    ]:
        problem = shop.booking.refused("PATCH", address, 422, "validation_failed", json=body)
        assert [error["pointer"] for error in problem["errors"]] == [pointer], body
    changed = change(type="NUMBER", options=[], validation={"max": 5}, description="", group="")
    cleared = {"type": "NUMBER", "options": None, "validation": {"max": 5}}
    cleared |= {"description": None, "group": None, "updatedAt": changed["updatedAt"]}
    assert changed == made | cleared
    assert change(validation={}, name="age")["validation"] is None
    assert change(order=4, required=True)["name"] == "age"


def test_stale_version_of_a_field_is_refused(shop: Shop) -> None:
    path = f"{form(shop, None)}/parameters"
    address = f"{path}/{shop.booking.post(path, field())['id']}"
    known = {"If-Match": shop.booking.send("GET", address).headers["etag"]}

    def send(label: str) -> int:
        return shop.booking.send("PATCH", address, json={"label": label}, headers=known).status_code

    with ThreadPoolExecutor(2) as threads:
        assert Counter(threads.map(send, ["one", "other"])) == {200: 1, 412: 1}
    shop.booking.refused("DELETE", address, 412, "version_conflict", headers=known)
    assert shop.booking.send("DELETE", address).status_code == 204
    shop.booking.refused("GET", address, 404, "not_found")


def test_field_of_another_service_is_not_found(apis: Apis) -> None:
    mine, other = open_shop(apis), open_shop(apis)
    foreign = other.booking.post(f"{form(other, None)}/parameters", field())
    beside = form(mine, mine.add_service())
    own = mine.booking.post(f"{form(mine, None)}/parameters", field())
    for path in (
        f"{form(mine, None)}/parameters/{foreign['id']}",
        f"{form(other, None)}/parameters/{foreign['id']}",
        f"{beside}/parameters/{own['id']}",
        f"/v1/services/{uuid4()}/parameters/{own['id']}",
    ):
        for method in ("GET", "PATCH", "DELETE"):
            mine.booking.refused(method, path, 404, "not_found", json={"label": "x"})
    for path in ("parameters", "form"):
        mine.booking.refused("GET", f"{form(other, None)}/{path}", 404, "not_found")
    theirs = f"{form(other, None)}/parameters"
    mine.booking.refused("POST", theirs, 404, "not_found", json=field())


def test_form_is_a_json_schema_with_a_tag(shop: Shop) -> None:
    base = form(shop, None)
    shop.booking.post(f"{base}/parameters", field("second", "NUMBER", order=2))
    shop.booking.post(f"{base}/parameters", field("first", required=True, order=1))
    answer = shop.booking.send("GET", f"{base}/form")
    schema = answered(answer, 200)
    assert answer.headers["content-type"] == "application/schema+json"
    assert list(schema["properties"]) == ["first", "second"]
    assert schema["required"] == ["first"]
    assert schema["additionalProperties"] is False
    again = shop.booking.send("GET", f"{base}/form")
    assert (again.content, again.headers["etag"]) == (answer.content, answer.headers["etag"])
    known = {"If-None-Match": answer.headers["etag"]}
    assert shop.booking.send("GET", f"{base}/form", headers=known).status_code == 304
    shop.booking.post(f"{base}/parameters", field("third"))
    assert shop.booking.send("GET", f"{base}/form", headers=known).status_code == 200


def test_changes_of_a_form_are_in_the_audit(shop: Shop, apis_database: DatabaseUrls) -> None:
    path = f"{form(shop, None)}/parameters"
    made = shop.booking.post(path, field())
    shop.booking.send("PATCH", f"{path}/{made['id']}", json={"label": "Other"})
    shop.booking.send("DELETE", f"{path}/{made['id']}")
    query = "SELECT action, after->>'label' FROM audit_events WHERE entity_id = %s ORDER BY id"
    with psycopg.connect(apis_database.owner_url) as connection:
        assert connection.execute(query, [made["id"]]).fetchall() == [
            ("service_parameter.created", "A label"),
            ("service_parameter.changed", "Other"),
            ("service_parameter.deleted", None),
        ]
