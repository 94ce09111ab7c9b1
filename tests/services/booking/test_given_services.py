"""Which services a provider gives, and that deleting a service widens it for nobody."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.api_clients import Shop, answered

NINE = "2027-03-23T09:00:00+01:00"


def limit(shop: Shop, *services: Any, **headers: str) -> Any:
    body = {"serviceIds": [service["id"] for service in services]}
    return answered(shop.booking.send("PUT", address(shop), json=body, headers=headers), 200)


def address(shop: Shop) -> str:
    return f"/v1/providers/{shop.provider['id']}/services"


def test_limits_are_replaced_and_shown(shop: Shop) -> None:
    other = shop.add_service()
    assert shop.booking.get(address(shop)) == {"serviceIds": []}
    for wanted in ([shop.service, other], [other], [other, other], []):
        ids = sorted({service["id"] for service in wanted})
        assert limit(shop, *wanted) == {"serviceIds": ids}
        assert shop.booking.get(address(shop)) == {"serviceIds": ids}
        shown = shop.booking.get(f"/v1/providers/{shop.provider['id']}")
        assert shown == shop.provider | {"serviceIds": ids, "updatedAt": shown["updatedAt"]}
        assert shown in shop.booking.get("/v1/providers")["items"]


def test_limits_move_the_version_of_the_provider(shop: Shop) -> None:
    provider = f"/v1/providers/{shop.provider['id']}"
    before = shop.booking.send("GET", provider).headers["etag"]
    assert shop.booking.send("GET", address(shop)).headers["etag"] == before
    limit(shop, shop.service, **{"If-Match": before})
    after = shop.booking.send("GET", provider).headers["etag"]
    assert after != before
    limit(shop, shop.service)
    assert shop.booking.send("GET", provider).headers["etag"] == after
    shop.booking.refused(
        "PUT",
        address(shop),
        412,
        "version_conflict",
        json={"serviceIds": []},
        headers={"If-Match": before},
    )


def test_deleted_service_is_given_no_more(shop: Shop) -> None:
    other = shop.add_service()
    limit(shop, shop.service, other)
    assert shop.booking.send("DELETE", f"/v1/services/{other['id']}").status_code == 204
    shop.booking.refused("GET", f"/v1/services/{other['id']}", 404, "not_found")
    assert shop.booking.get(address(shop)) == {"serviceIds": [shop.service["id"]]}


def test_only_service_of_a_provider_is_deactivated(shop: Shop) -> None:
    other = shop.add_service()
    limit(shop, other)
    assert shop.booking.send("DELETE", f"/v1/services/{other['id']}").status_code == 204
    assert shop.booking.get(f"/v1/services/{other['id']}")["isActive"] is False
    assert shop.booking.get(address(shop)) == {"serviceIds": [other["id"]]}
    assert shop.starts("2027-03-24") == []
    limit(shop)
    assert shop.booking.send("DELETE", f"/v1/services/{other['id']}").status_code == 204
    shop.booking.refused("GET", f"/v1/services/{other['id']}", 404, "not_found")


def test_limit_and_deletion_at_once_widen_nobody(shop: Shop) -> None:
    for _round in range(10):
        other = shop.add_service()
        wanted = {"serviceIds": [other["id"]]}
        limit(shop)
        with ThreadPoolExecutor(2) as threads:
            limiting = threads.submit(shop.booking.send, "PUT", address(shop), json=wanted)
            deleting = threads.submit(shop.booking.send, "DELETE", f"/v1/services/{other['id']}")
        assert deleting.result().status_code == 204
        limited = limiting.result().status_code == 200
        assert limited or limiting.result().status_code == 404
        assert shop.booking.get(address(shop)) == (wanted if limited else {"serviceIds": []})
