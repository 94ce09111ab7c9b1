"""Databases of different size, each with its shop, both APIs on it and the limits beside them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from sloty_deploy.bench.crowd import crowd
from sloty_deploy.bench.rig import Rig, Served
from sloty_deploy.bench.shop import Shop, open_shop
from sloty_deploy.listening import LOOPBACK
from sloty_deploy.scratch import DatabaseUrls


@dataclass(frozen=True)
class Site:
    """One database that stores `stored` appointments of others, with the APIs on it."""

    stored: int
    database: DatabaseUrls
    booking: Served
    availability: Served
    shop: Shop

    def connect(self) -> psycopg.Connection[Any]:
        """A connection that sees everything and commits by itself."""
        return psycopg.connect(self.database.superuser_url, autocommit=True)


def build(rig: Rig, stored: int, *, processes: int) -> Site:
    """Migrate a database, start the APIs, open the shop and let the crowd in."""
    database = rig.database()
    settings = rig.settings(database)
    booking = rig.serve("sloty_booking", settings, processes=processes)
    availability = rig.serve("sloty_availability", settings, processes=processes)
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        shop = open_shop(f"http://{LOOPBACK}:{booking.port}", connection, datetime.now(UTC).date())
        crowd(connection, shop, stored)
    return Site(stored, database, booking, availability, shop)


def request(method: str, path: str, *headers: str, body: str = "") -> str:
    """The text of an HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", *headers]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body.encode())}"]
    return "\r\n".join([*lines, "", body])


def bearer(shop: Shop) -> str:
    return f"authorization: Bearer {shop.token}"
