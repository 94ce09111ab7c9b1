"""Input that breaks careless services: each is answered with a problem, none with a 500."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from sloty_shared.web.json_body import MAX_BODY_BYTES, MAX_DEPTH

JSON = {"Content-Type": "application/json"}
THING = "/v1/things/01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17"


def nested(levels: int) -> bytes:
    return b'{"name":"a","value":' + b"[" * levels + b"]" * levels + b"}"


MALFORMED = {
    "empty object of text": b'{"name":',
    "no JSON at all": b"name=a",
    "trailing comma": b'{"name":"a",}',
    "two documents": b'{"name":"a"}{"name":"b"}',
    "byte order mark": b'\xef\xbb\xbf{"name":"a"}',
    "UTF-16": '{"name":"a"}'.encode("utf-16"),
    "UTF-16 without mark": '{"name":"a"}'.encode("utf-16-le"),
    "UTF-32": '{"name":"a"}'.encode("utf-32"),
    "Latin-1": '{"name":"Zoë"}'.encode("latin-1"),
    "overlong UTF-8": b'{"name":"\xc0\x80"}',
    "surrogate in UTF-8": b'{"name":"\xed\xa0\x80"}',
    "raw control character": b'{"name":"a\x01"}',
    "raw NUL": b'{"name":"a\x00"}',
    "same key twice": b'{"name":"a","name":"b"}',
    "same key twice inside": b'{"name":"a","settings":{"x":1,"x":2}}',
    "half a surrogate pair": rb'{"name":"\ud800"}',
    "halves in wrong order": rb'{"name":"\udc00\ud800"}',
    "half a pair as key": rb'{"name":"a","settings":{"\udfff":1}}',
    "NaN": b'{"name":"a","value":NaN}',
    "Infinity": b'{"name":"a","places":Infinity}',
    "minus Infinity": b'{"name":"a","value":-Infinity}',
    "1e400": b'{"name":"a","value":1e400}',
    "beyond 64 bits": b'{"name":"a","places":9223372036854775808}',
    "5,000 digits": b'{"name":"a","places":' + b"9" * 5000 + b"}",
    "leading zero": b'{"name":"a","places":01}',
    "51 levels": nested(MAX_DEPTH),
    "100,000 levels": b"[" * 100_000,
    "single quotes": b"{'name':'a'}",
    "comment": b'{"name":"a"/**/}',
}

INVALID: dict[str, tuple[Any, str]] = {
    "array": ([], ""),
    "text": ("a", ""),
    "number": (1, ""),
    "missing": ({}, "/name"),
    "null for required": ({"name": None}, "/name"),
    "number for text": ({"name": 1}, "/name"),
    "object for text": ({"name": {}}, "/name"),
    "NUL in text": ({"name": "a\x00"}, "/name"),
    "bidirectional override": ({"name": "a\u202eb"}, "/name"),
    "zero width": ({"name": "a\u200bb"}, "/name"),
    "only blanks": ({"name": "  "}, "/name"),
    "far too long": ({"name": "x" * 100_000}, "/name"),
    "unknown field": ({"name": "a", "nmae": 1}, "/nmae"),
    "unknown null field": ({"name": "a", "nmae": None}, "/nmae"),
    "snake_case": ({"name": "a", "starts_at": "2026-11-23T09:00:00Z"}, "/starts_at"),
    "key with slash": ({"name": "a", "a/b~c": 1}, "/a~1b~0c"),
    "inner field": ({"name": "a", "owner": {"firstName": "b", "email": "c"}}, "/owner/email"),
    "inner unknown": ({"name": "a", "owner": {"firstName": "b", "id": 1}}, "/owner/id"),
    "item of a list": ({"name": "a", "tags": ["b", "\x00"]}, "/tags/1"),
    "too many items": ({"name": "a", "tags": list("bcde")}, "/tags"),
    "naive instant": ({"name": "a", "startsAt": "2026-11-23T09:00:00"}, "/startsAt"),
    "epoch number": ({"name": "a", "startsAt": 1_700_000_000}, "/startsAt"),
    "year 9999": ({"name": "a", "startsAt": "9999-12-31T23:59:59-12:00"}, "/startsAt"),
    "year 1": ({"name": "a", "startsAt": "0001-01-01T00:00:00+14:00"}, "/startsAt"),
    "leap second": ({"name": "a", "startsAt": "2016-12-31T23:59:60Z"}, "/startsAt"),
    "impossible date": ({"name": "a", "day": "2026-02-30"}, "/day"),
    "25 o'clock": ({"name": "a", "opens": "25:00"}, "/opens"),
    "zone in wrong case": ({"name": "a", "timezone": "europe/berlin"}, "/timezone"),
    "zone as path": ({"name": "a", "timezone": "../../etc/passwd"}, "/timezone"),
    "true as number": ({"name": "a", "places": True}, "/places"),
    "1.0 as number": ({"name": "a", "places": 1.0}, "/places"),
    "text as number": ({"name": "a", "places": "1"}, "/places"),
    "over int4": ({"name": "a", "places": 2**31}, "/places"),
    "negative minutes": ({"name": "a", "duration": -1}, "/duration"),
    "text as truth": ({"name": "a", "isActive": "yes"}, "/isActive"),
    "number as truth": ({"name": "a", "isActive": 1}, "/isActive"),
    "money as float": ({"name": "a", "price": 9.99}, "/price"),
    "money overflow": ({"name": "a", "price": "100000000.00"}, "/price"),
    "money NaN": ({"name": "a", "price": "NaN"}, "/price"),
    "currency unknown": ({"name": "a", "currency": "XXX"}, "/currency"),
    "enum unknown": ({"name": "a", "colour": "GREEN"}, "/colour"),
    "enum number": ({"name": "a", "colour": 1}, "/colour"),
    "id as number": ({"name": "a", "parentId": 1}, "/parentId"),
    "id in braces": (
        {"name": "a", "parentId": "{01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17}"},
        "/parentId",
    ),
    "NUL in free JSON": ({"name": "a", "settings": {"a": ["\x00"]}}, "/settings"),
    "NUL in a key": ({"name": "a", "settings": {"\x00": 1}}, "/settings"),
    "list as free object": ({"name": "a", "settings": []}, "/settings"),
    "deep free JSON": ({"name": "a", "value": json.loads("[" * 21 + "]" * 21)}, "/value"),
    "large free JSON": ({"name": "a", "value": "x" * 70_000}, "/value"),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed_json_is_answered_400(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/things", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed_json"


@pytest.mark.parametrize(("body", "pointer"), INVALID.values(), ids=INVALID)
def test_invalid_field_is_named(client: TestClient, body: Any, pointer: str) -> None:
    answer = client.post("/v1/things", content=json.dumps(body), headers=JSON)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "validation_failed"
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert not problem["errors"][0]["detail"].startswith("Value error")


def test_all_invalid_fields_are_named_at_once(client: TestClient) -> None:
    body = {"name": "\x00", "places": True, "bogus": 1, "owner": {"email": "x"}}
    problem = client.post("/v1/things", json=body).json()
    pointers = {error["pointer"] for error in problem["errors"]}
    assert pointers == {"/name", "/places", "/bogus", "/owner/firstName", "/owner/email"}


def test_refusal_does_not_repeat_the_input(client: TestClient) -> None:
    secret = "hunter2-hunter2"
    body = {"name": [secret], "owner": {"firstName": secret, "email": secret}, "day": secret}
    answer = client.post("/v1/things", json=body | {"colour": secret, "startsAt": secret})
    assert answer.status_code == 422
    assert secret not in answer.text


@pytest.mark.parametrize("path", ["%00", "a%00b", "%ff", "%ed%a0%80", "%c0%80"])
def test_unreadable_path_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(f"/v1/codes/{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "thing_id", ["1", "x" * 5000, THING[11:-1], "{" + THING[11:] + "}", "null", "%20", "..%2f"]
)
def test_malformed_id_is_not_found(client: TestClient, thing_id: str) -> None:
    answer = client.get(f"/v1/things/{thing_id}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        *(
            (f"limit={limit}", "query:limit")
            for limit in (-1, 0, 201, 10**9, 2**63, "1e3", "x", "", "true", "NaN", "%00")
        ),
        ("cursor=%00", "query:cursor"),
        ("cursor=" + "a" * 3000, "query:cursor"),
        ("since=2026-11-23T09:00:00", "query:since"),
        ("since=1700000000", "query:since"),
        ("since=9999-12-31T23:59:59-12:00", "query:since"),
        ("nobody-asked=%00", "query:nobody-asked"),
    ],
)
def test_invalid_query_is_named(client: TestClient, query: str, pointer: str) -> None:
    answer = client.get(f"/v1/things?{query}")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("query", ["since=%ff", "%00=1", "a=%ed%a0%80"])
def test_unreadable_query_is_invalid(client: TestClient, query: str) -> None:
    answer = client.get(f"/v1/things?{query}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "validation_failed"


def test_unknown_query_parameter_is_ignored(client: TestClient) -> None:
    assert client.get("/v1/things?utm_source=mail").status_code == 200


def test_unescaped_plus_in_query_is_understood(client: TestClient) -> None:
    answer = client.get("/v1/things?since=2026-11-23T09:00:00+01:00")
    assert answer.json()["items"][0]["given"][1] == "2026-11-23 08:00:00+00:00"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "text/json",
        "json",
        "application/json; charset=utf-16",
    ],
)
def test_other_content_types_are_refused(client: TestClient, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answer = client.post("/v1/things", content=b'{"name":"a"}', headers=headers)
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=UTF-8", "application/merge-patch+json"],
)
def test_json_content_types_are_taken(client: TestClient, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answer = client.post("/v1/things", content='{"name":"Zoë"}'.encode(), headers=headers)
    assert answer.status_code == 201
    assert answer.json()["name"] == "Zoë"


def test_body_over_one_mebibyte_is_refused(client: TestClient) -> None:
    fitting = b'{"name":"a"}' + b" " * (MAX_BODY_BYTES - 12)
    assert client.post("/v1/things", content=fitting, headers=JSON).status_code == 201
    answer = client.post("/v1/things", content=fitting + b" ", headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["code"] == "payload_too_large"


def test_depth_at_the_limit_is_taken(client: TestClient) -> None:
    answer = client.post("/v1/doubts", content=nested(MAX_DEPTH - 1), headers=JSON)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/name", "/value"]


def test_null_stands_for_an_absent_field(client: TestClient) -> None:
    body = {"name": "a", "places": None, "colour": None, "startsAt": None, "owner": None}
    answer = client.post("/v1/things", json=body)
    assert answer.status_code == 201
    assert answer.json() == {
        "name": "a",
        "startsAt": None,
        "price": None,
        "places": 1,
        "colour": "RED",
    }
    changed = client.patch(THING, json=body, headers={"If-Match": "3"})
    assert changed.json()["given"][1:] == ["3", "name"]


def test_optional_body_may_be_left_out(client: TestClient) -> None:
    assert client.post(f"{THING}/cancel").json()["given"][1] == "no reason"
    null = client.post(f"{THING}/cancel", content=b"null", headers=JSON)
    assert null.json()["given"][1] == "no reason"
    given = client.post(f"{THING}/cancel", json={"reason": "ill"})
    assert given.json()["given"][1] == "ill"
    wrong = client.post(f"{THING}/cancel", json={"reason": ""})
    assert wrong.status_code == 422


def test_missing_body_is_invalid(client: TestClient) -> None:
    answer = client.post("/v1/things")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "", "detail": "Field required"}]


def test_invalid_header_is_named(client: TestClient) -> None:
    answer = client.patch(THING, json={"name": "a"}, headers={"If-Match": "x"})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["header:if-match"]
