"""Problem documents: one shape for every error, and nothing of our inside in it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url
from starlette.testclient import TestClient

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared import errors
from sloty_shared.errors import SlotyError
from sloty_shared.web.problems import Problem, problem_response

from .example_app import app

SHARED_ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, SlotyError)
]


@pytest.fixture
def statements(empty_database: DatabaseUrls, client: TestClient) -> Iterator[TestClient]:
    """A client whose `/v1/statements` runs SQL on a real database."""
    url = make_url(empty_database.owner_url).set(drivername="postgresql+psycopg")
    app.state.engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.2)
    yield client
    app.state.engine.dispose()


def run(client: TestClient, sql: str) -> Any:
    return client.post("/v1/statements", json={"sql": sql})


@pytest.mark.parametrize("kind", SHARED_ERRORS)
def test_every_shared_error_is_a_whole_problem(kind: type[SlotyError]) -> None:
    answer = problem_response(kind())
    document = json.loads(bytes(answer.body))
    Problem.model_validate(document, strict=True)
    assert answer.status_code == document["status"] == kind.status
    assert document["type"] == f"urn:sloty:problem:{kind.code}"
    assert document["detail"].endswith(".")
    assert answer.media_type == "application/problem+json"


def test_codes_of_shared_errors_are_distinct() -> None:
    codes = [kind.code for kind in SHARED_ERRORS if "code" in vars(kind)]
    assert len(codes) == len(set(codes))


def test_unauthenticated_names_the_scheme() -> None:
    assert problem_response(errors.Unauthenticated()).headers["WWW-Authenticate"] == "Bearer"


def test_retryable_errors_say_when() -> None:
    answer = problem_response(errors.TooManyRequests(retry_after_seconds=30))
    assert answer.headers["Retry-After"] == "30"


def test_extension_members_never_replace_the_standard_ones() -> None:
    answer = problem_response(errors.Conflict("Taken.", nextFree=[1], status=200, code="ok"))
    document = json.loads(bytes(answer.body))
    assert (document["nextFree"], document["status"], document["code"]) == ([1], 409, "conflict")


def test_raised_error_is_rendered(client: TestClient) -> None:
    answer = client.post("/v1/conflicts")
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:sloty:problem:conflict",
        "title": "Conflict",
        "status": 409,
        "detail": "Taken.",
        "code": "conflict",
        "errors": [{"pointer": "/name", "detail": "Taken"}],
        "nextFree": ["later"],
    }


def test_unknown_path_is_not_found(client: TestClient) -> None:
    for path in ("/", "/v1", "/v1/nothing", "/v1/things/", "//v1/things", "/docs/../v1"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "not_found"


def test_unknown_method_names_the_known_ones(client: TestClient) -> None:
    answer = client.put("/v1/things")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert answer.headers["Allow"] == "HEAD, GET, POST"
    assert client.delete("/v1/failures").headers["Allow"] == "POST"


def test_word_of_another_route_is_no_malformed_id(client: TestClient) -> None:
    answer = client.get("/v1/things/search")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert client.get("/v1/things/no-id").status_code == 404


def test_unforeseen_error_tells_nothing(client: TestClient) -> None:
    answer = client.post("/v1/failures")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    for inside in ("secret", "RuntimeError", "Traceback", ".py"):
        assert inside not in answer.text


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELECT 99999999999::bigint::integer", 422, "validation_failed"),
        ("SELECT 'x'::uuid", 422, "validation_failed"),
        ("CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t VALUES (1), (1)", 409, "conflict"),
        ("SET TRANSACTION READ ONLY; CREATE TABLE t ()", 503, "unavailable"),
        ("SET LOCAL statement_timeout = 10; SELECT pg_sleep(1)", 503, "unavailable"),
        ("SET LOCAL transaction_timeout = 10; SELECT pg_sleep(1)", 503, "unavailable"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", 503, "unavailable"),
        ("SELECT nothing FROM nowhere", 500, "internal_error"),
    ],
)
def test_database_refusal_is_a_problem(
    statements: TestClient, sql: str, status: int, code: str
) -> None:
    answer = run(statements, sql)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) == (status == 503)
    for inside in ("psycopg", "sqlalchemy", "SELECT", "nowhere", "bigint"):
        assert inside not in answer.text


def test_exhausted_pool_is_unavailable(statements: TestClient) -> None:
    with app.state.engine.connect():
        answer = run(statements, "SELECT 1")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert run(statements, "SELECT 1").json() == {"given": ["(1,)"]}


def test_unreachable_database_is_unavailable(client: TestClient) -> None:
    app.state.engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    answer = run(client, "SELECT 1")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "127.0.0.1" not in answer.text
