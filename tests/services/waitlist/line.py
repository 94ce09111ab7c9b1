"""A line of people who wait for a day that is booked out, and the worker that offers them times."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import psycopg
from psycopg.rows import dict_row
from tests.api_clients import Apis, Client, Clock, Shop, customer, open_shop

from sloty_deploy.scratch import DatabaseUrls
from sloty_notifications.waitlist.offer import offer_times
from sloty_shared.database import Database

DAY = "2027-03-23"
NINE, TEN, ELEVEN = (f"{DAY}T{hour}:00:00+01:00" for hour in ("09", "10", "11"))
# The same, as the API writes them.
AT_NINE, AT_TEN, AT_ELEVEN = (f"{DAY}T{hour}:00:00Z" for hour in ("08", "09", "10"))
HALF_AN_HOUR = timedelta(minutes=30)


def full_shop(apis: Apis) -> tuple[Shop, list[Any]]:
    """A shop and the three appointments that fill its provider's day."""
    shop = open_shop(apis)
    return shop, [shop.book(start) for start in (NINE, TEN, ELEVEN)]


@dataclass(frozen=True)
class Line:
    """One shop's waitlist; `booked` fills the day, from nine to twelve."""

    shop: Shop
    booked: list[Any]
    database: Database
    urls: DatabaseUrls
    clock: Clock

    @property
    def anybody(self) -> Client:
        return self.shop.booking.with_token(None)

    def wish(self, **changes: Any) -> dict[str, Any]:
        return {
            "serviceId": self.shop.service["id"],
            "customer": customer(),
            "from": DAY,
            "to": DAY,
        } | changes

    def join(self, **changes: Any) -> Any:
        """A new entry, after all that there are."""
        self.clock.pass_by(timedelta(seconds=1))
        return self.shop.booking.post("/v1/waitlist", self.wish(**changes))

    def refused(self, status: int, code: str, **changes: Any) -> Any:
        body = self.wish(**changes)
        return self.shop.booking.refused("POST", "/v1/waitlist", status, code, json=body)

    def free(self, place: int = 0) -> None:
        """One of the day's appointments is cancelled."""
        path = f"/v1/appointments/{self.booked[place]['id']}/cancel"
        self.shop.booking.post(path, status=200)

    def scan(self) -> int:
        """The number of offers that one scan makes now in this line."""
        before = self.offers_made()
        offer_times(self.database, now=self.clock.now)
        return self.offers_made() - before

    def offers_made(self) -> int:
        query = "SELECT count(*) AS made FROM waitlist_offers WHERE tenant_id = %s"
        return int(self.rows(query, self.shop.tenant["id"])[0]["made"])

    def read(self, entry: Any) -> Any:
        return self.shop.booking.get(f"/v1/waitlist/{entry['id']}")

    def statuses(self, *entries: Any) -> list[str]:
        return [self.read(entry)["status"] for entry in entries]

    def offered(self, entry: Any) -> str | None:
        """When the time begins that the entry is offered."""
        offer = self.read(entry)["offer"]
        return offer and str(offer["startTime"])

    def answer(self, entry: Any, how: str, body: Any = None) -> httpx2.Response:
        path = f"/v1/public/waitlist/{entry['code']}/{how}"
        return self.anybody.send("POST", path, json=body)

    def accept(self, entry: Any, body: Any = None) -> Any:
        answer = self.answer(entry, "accept", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def decline(self, entry: Any) -> Any:
        answer = self.answer(entry, "decline")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def cannot(self, how: str, entry: Any, code: str) -> None:
        path = f"/v1/public/waitlist/{entry['code']}/{how}"
        self.anybody.refused("POST", path, 409, code)

    def rows(self, query: str, *values: Any) -> list[Any]:
        """As the schema's owner, who sees every tenant."""
        with psycopg.connect(self.urls.owner_url, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def change(self, query: str, *values: Any) -> None:
        with psycopg.connect(self.urls.owner_url) as connection:
            connection.execute(query, values)

    def messages(self, entry: Any) -> list[Any]:
        """What is owed about the entry's offers, oldest first."""
        return self.rows(
            "SELECT n.* FROM notifications n JOIN waitlist_offers o ON o.id = n.waitlist_offer_id"
            " WHERE o.entry_id = %s ORDER BY n.due_at",
            entry["id"],
        )

    def actions(self, entry: Any) -> list[str]:
        """What the audit says was done to it."""
        query = "SELECT action FROM audit_events WHERE entity_id = %s ORDER BY id"
        return [row["action"] for row in self.rows(query, entry["id"])]
