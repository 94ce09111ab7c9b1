"""`/readyz` of both APIs tells whether the two rule books of time zones agree."""

import pytest
from tests.api_clients import Apis, Client


@pytest.mark.parametrize("name", ["booking", "availability"])
def test_readiness_tells_of_the_rules_of_zones(apis: Apis, name: str) -> None:
    api: Client = getattr(apis, name)
    report = api.get("/readyz")
    assert report["status"] == "ok"
    assert set(report["checks"]) == {"database", "broker", "zones"}
    assert report["checks"]["zones"] == "ok"
