"""What every answer carries and every request leaves behind: id, headers, metrics, log line."""

import json
import re
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.testclient import TestClient
from structlog.testing import capture_logs

TRACE = "0af7651916cd43dd8448eb211c80319c"
THING = "/v1/things/01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17"


def counted(method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("sloty_http_requests_total", labels) or 0


def test_sane_request_id_is_kept(client: TestClient) -> None:
    answer = client.get(THING, headers={"X-Request-Id": "order-66_a.B"})
    assert answer.headers.get_list("X-Request-Id") == ["order-66_a.B"]


@pytest.mark.parametrize("given", ["", "a b", "a" * 101, "a\tb", '{"a":1}', "ä".encode()])
def test_other_request_id_is_replaced(client: TestClient, given: Any) -> None:
    answer = client.get(THING, headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", THING),
        ("GET", "/nothing"),
        ("GET", "/v1/codes/%00"),
        ("PUT", "/v1/things"),
        ("POST", "/v1/failures"),
        ("POST", "/v1/conflicts"),
        ("GET", "/docs"),
        ("GET", "/metrics"),
    ],
)
def test_every_answer_has_id_and_safe_headers(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, headers={"X-Request-Id": "mine"})
    assert answer.headers["X-Request-Id"] == "mine"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_each_request_has_an_id_of_its_own(client: TestClient) -> None:
    assert len({client.get(THING).headers["X-Request-Id"] for _ in range(20)}) == 20


def test_requests_are_counted_by_route_template(client: TestClient) -> None:
    before = counted("GET", "/v1/things/{thing_id}", 200)
    client.get(THING)
    client.get(THING.replace("0", "1"))
    assert counted("GET", "/v1/things/{thing_id}", 200) == before + 2


def test_unknown_paths_share_one_time_series(client: TestClient) -> None:
    before = counted("GET", "unmatched", 404)
    for number in range(5):
        client.get(f"/v1/made-up-{number}")
    client.request("BREW", "/coffee")
    assert counted("GET", "unmatched", 404) == before + 5
    assert counted("OTHER", "unmatched", 404) >= 1
    assert "made-up" not in client.get("/metrics").text


def test_failures_are_counted_and_timed(client: TestClient) -> None:
    before = counted("POST", "/v1/failures", 500)
    client.post("/v1/failures")
    assert counted("POST", "/v1/failures", 500) == before + 1
    page = client.get("/metrics")
    assert page.headers["Content-Type"].startswith("text/plain; version=")
    name = "sloty_http_request_duration_seconds_bucket"
    assert f'{name}{{le="+Inf",method="POST",route="/v1/failures"}}' in page.text


Written = pytest.CaptureFixture[str]


def request_lines(capsys: Written) -> list[dict[str, Any]]:
    """What was logged of requests since this was last asked."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_request_is_logged_without_what_was_sent(client: TestClient, capsys: Written) -> None:
    client.post("/v1/things?token=hush", json={"name": "Ann Lee"})
    client.get("/v1/codes/HUSH-CODE")
    logs = request_lines(capsys)
    assert [(line["method"], line["route"], line["status"]) for line in logs] == [
        ("POST", "/v1/things", 201),
        ("GET", "/v1/codes/{code}", 200),
    ]
    assert all(line["event"] == "request" and line["ms"] >= 0 for line in logs)
    assert not re.search("hush|Ann", str(logs), re.IGNORECASE)


def test_log_names_the_callers_trace(client: TestClient, capsys: Written) -> None:
    given = f"00-{TRACE}-b7ad6b7169203331-01"
    assert logged_trace(client, capsys, [("traceparent", given)]) == TRACE


@pytest.mark.parametrize(
    "given",
    [
        [],
        [b""],
        [b"00-0af7651916cd43dd8448eb211c80319c"],
        [f"00-{TRACE}-b7ad6b7169203331-01-\xe4".encode("latin-1")],
        # Whoever names two places names none.
        [f"00-{TRACE}-b7ad6b7169203331-01".encode()] * 2,
    ],
)
def test_other_trace_begins_where_none_is_named(
    client: TestClient, capsys: Written, given: list[bytes]
) -> None:
    headers = [(b"traceparent", value) for value in given]
    traces = {logged_trace(client, capsys, headers) for _ in range(2)}
    assert len(traces) == 2
    assert TRACE not in traces


def logged_trace(client: TestClient, capsys: Written, headers: Any) -> str:
    client.get(THING, headers=headers)
    [line] = request_lines(capsys)
    trace_id: str = line["trace_id"]
    assert re.fullmatch("[0-9a-f]{32}", trace_id)
    return trace_id


def test_probes_are_not_logged(client: TestClient, capsys: Written) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path).status_code == 200
    assert request_lines(capsys) == []


def test_unforeseen_error_is_logged_once(client: TestClient, capsys: Written) -> None:
    with capture_logs() as logs:
        client.post("/v1/failures")
    assert [(line["event"], line["exc_info"]) for line in logs] == [("unforeseen_error", True)]
    assert [line["status"] for line in request_lines(capsys)] == [500]


def test_head_is_answered_like_get_without_body(client: TestClient) -> None:
    for path in (THING, "/v1/things", "/healthz", "/docs", "/nothing"):
        head, get = client.head(path), client.get(path)
        assert head.status_code == get.status_code
        assert head.content == b""
        assert head.headers["Content-Length"] == str(len(get.content))
    assert client.head("/v1/conflicts").status_code == 405


def test_page_of_an_allowed_origin_may_call(client: TestClient) -> None:
    origin = {"Origin": "https://shop.example.com"}
    preflight = client.options(
        "/v1/things",
        headers=origin
        | {
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization, if-match, if-none-match",
        },
    )
    assert preflight.status_code == 200
    for answer in (preflight, client.get(THING, headers=origin), client.get("/no", headers=origin)):
        assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    failed = client.post("/v1/failures", headers=origin)
    assert failed.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    assert "ETag" in failed.headers["Access-Control-Expose-Headers"]


def test_page_of_another_origin_may_not_call(client: TestClient) -> None:
    answer = client.get(THING, headers={"Origin": "https://evil.example.com"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_readiness_names_each_check(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "broker": "out of reach"}}
    assert client.get("/healthz").json() == {"status": "ok"}
