"""The API's own documents: whole, honest about errors and log-in, and at home without a network."""

import hashlib
import re
from importlib.resources import files
from typing import Any

import pytest
from starlette.testclient import TestClient

from sloty_shared.readiness import Readiness
from sloty_shared.web.application import create_app


@pytest.fixture
def document(client: TestClient) -> Any:
    return client.get("/openapi.json").json()


def operations(document: Any) -> list[Any]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_problem_replaces_the_frameworks_own_errors(document: Any) -> None:
    assert "HTTPValidationError" not in str(document)
    assert document["components"]["schemas"]["Problem"]["properties"].keys() >= {
        "type",
        "title",
        "status",
        "detail",
        "code",
        "errors",
    }
    for operation in operations(document):
        content = operation["responses"]["default"]["content"]
        assert content == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }


def test_every_reference_leads_somewhere(document: Any) -> None:
    for name in re.findall(r"'#/components/schemas/([^']+)'", str(document)):
        assert name in document["components"]["schemas"]


def test_operation_is_named_after_its_function(document: Any) -> None:
    names = [operation["operationId"] for operation in operations(document)]
    assert {"create_thing", "list_things", "healthz"} <= set(names)
    assert len(names) == len(set(names))


def test_log_in_is_needed_unless_said_otherwise(document: Any) -> None:
    assert document["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["paths"]["/v1/codes/{code}"]["get"]["security"] == []
    assert document["paths"]["/healthz"]["get"]["security"] == []
    assert "security" not in document["paths"]["/v1/things"]["get"]


def test_fields_are_described_as_they_travel(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["NewThing"]["additionalProperties"] is False
    assert schemas["NewThing"]["required"] == ["name"]
    assert "startsAt" in schemas["NewThing"]["properties"]
    assert sorted(schemas["Thing"]["required"]) == ["colour", "name", "places", "price", "startsAt"]
    assert schemas["Listing_Given_"]["required"] == ["items", "nextCursor"]


def test_conventions_stand_in_the_document(document: Any) -> None:
    description = document["info"]["description"]
    assert description.startswith("What the tests talk to.")
    for promise in ("camelCase", "RFC 9457", "nextCursor", "X-Request-Id", "Retry-After"):
        assert promise in description


def test_named_errors_are_described(document: Any) -> None:
    assert (
        "`conflict`" in document["paths"]["/v1/things"]["post"]["responses"]["409"]["description"]
    )


def test_docs_need_no_other_server(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "http" not in page.text
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 4
    for link in links:
        if link != "data:,":
            assert client.get(f"/{link}").status_code == 200, link
    start = client.get("/docs/start.js")
    assert 'url: "openapi.json"' in start.text
    assert "//" not in start.text.replace("// ", "")


def test_docs_run_under_their_own_policy(client: TestClient) -> None:
    page = client.get("/docs")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self'" in policy
    assert "<script>" not in page.text
    assert page.text.count("<script") == 2


def test_docs_work_behind_a_path_prefix(client: TestClient) -> None:
    for address in re.findall(r'(?:src|href|url)[=:] ?"([^"]+)"', client.get("/docs").text):
        assert not address.startswith("/")


def test_title_cannot_break_the_page() -> None:
    app = create_app(
        title="</title><script>",
        description="",
        routers=[],
        check_readiness=lambda: Readiness(ready=True, checks={}),
    )
    assert "<script>" not in TestClient(app).get("/docs").text


def test_vendored_files_are_the_published_ones() -> None:
    folder = files("sloty_shared.web") / "static" / "swagger-ui"
    listed = re.findall(r"\| `(\S+)` \| `([0-9a-f]{64})` \|", (folder / "README.md").read_text())
    assert len(listed) == 2
    for name, checksum in listed:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum
    assert (folder / "LICENSE").is_file()
    assert (folder / "NOTICE").is_file()
