"""Businesses side by side under load: nothing that one has written shows up anywhere at another."""

import random
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.api_clients import Apis, Business, Client
from tests.api_processes import in_threads

from sloty_deploy.scratch_stack import ScratchStack, scratch_stack

CLIENTS = 16
BUSINESSES = 4
MAILS_WITHIN_SECONDS = 60
# So few connections that they pass from one business to another all the time.
SETTINGS = {
    "SLOTY_DATABASE_POOL_SIZE": "2",
    "SLOTY_RATE_LIMIT": "off",
    "SLOTY_REMINDER_TICK_SECONDS": "1",
}
LISTS = (
    "customers",
    "appointments",
    "services",
    "providers",
    "locations",
    "users",
    "notifications",
    "audit-events",
)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[ScratchStack]:
    with scratch_stack(tmp_path, SETTINGS) as stack:
        yield stack


@dataclass
class Marked:
    """A business all of whose texts hold a word that stands nowhere else."""

    word: str
    business: Business
    service: Any
    starts: list[str]
    customers: list[str] = field(default_factory=list)
    appointments: list[str] = field(default_factory=list)

    def customer(self) -> dict[str, Any]:
        return {
            "firstName": self.word,
            "lastName": self.word,
            "email": f"{secrets.token_hex(6)}@{self.word}.example",
            "address": {"street": self.word},
        }

    def booking(self) -> dict[str, Any]:
        return {
            "serviceId": self.service["id"],
            "startTime": random.choice(self.starts),
            "customer": self.customer(),
            "notes": self.word,
        }


def open_marked(apis: Apis) -> Marked:
    word = f"canary{secrets.token_hex(8)}"
    business = apis.sign_up(tenantName=word, slug=word, email=f"ada@{word}.example", name=word)
    location = business.add_location(name=word, address=word)
    service = business.add_service(name=word, description=word)
    user = {"email": f"mary@{word}.example", "name": word}
    business.add_provider(location, hours=("00:00", "24:00"), user=user, title=word)
    today = datetime.now(UTC).date()
    span = (today + timedelta(days=1)).isoformat(), (today + timedelta(days=14)).isoformat()
    starts = [slot["startTime"] for slot in business.slots(service, *span)]
    return Marked(word, business, service, starts)


@pytest.mark.timeout(3600)
def test_no_business_sees_a_word_of_another(
    stack: ScratchStack,
    long_run: bool,  # noqa: FBT001 - A fixture.
) -> None:
    requests = 20_000 if long_run else 320
    with ExitStack() as clients:
        apis = connect(stack, clients)
        shops = [open_marked(apis) for _ in range(BUSINESSES)]
        statuses = ask_at_once(stack, shops, requests)
    assert sum(statuses.values()) == requests
    assert statuses[200] + statuses[201] > requests / 2, statuses
    assert not {status for status in statuses if status >= 500} - {503}, statuses
    assert_mails_keep_apart(stack, {shop.word for shop in shops})
    logs = "".join(path.read_text("utf-8", "replace") for path in logs_of(stack))
    assert '"event":"request"' in logs
    for shop in shops:
        assert shop.word not in logs
    assert_chains_hold(stack, {shop.word for shop in shops})


def connect(stack: ScratchStack, clients: ExitStack) -> Apis:
    def client(url: str) -> Client:
        return Client(clients.enter_context(httpx2.Client(base_url=url, timeout=60)))

    return Apis(client(stack.booking_url), client(stack.availability_url))


def ask_at_once(stack: ScratchStack, shops: list[Marked], requests: int) -> Counter[int]:
    statuses: Counter[int] = Counter()
    failures: list[str] = []

    def run(_place: int) -> None:
        with ExitStack() as clients:
            apis = connect(stack, clients)
            for _ in range(requests // CLIENTS):
                shop, other = random.sample(shops, 2)
                answer = ask(apis, shop, other)
                statuses[answer.status_code] += 1
                said = f"{answer.headers}{answer.text}"
                failures.extend(
                    f"{answer.request.method} {answer.request.url}: {said}"
                    for each in shops
                    if each is not shop and each.word in said
                )

    in_threads(run, CLIENTS)
    assert failures == []
    return statuses


Ask = Callable[[], httpx2.Response]


def ask(apis: Apis, shop: Marked, other: Marked) -> httpx2.Response:
    """Any request that a client of the shop makes, some of them with ids of the other."""
    booking = apis.booking.with_token(shop.business.booking.token)
    availability = apis.availability.with_token(shop.business.booking.token)
    requests: list[Ask] = [
        *reading(booking, shop),
        *writing(booking, shop),
        *prying(booking, other),
        lambda: availability.send("GET", "/v1/slots", params=week_of(shop)),
        lambda: availability.send("GET", "/v1/slots", params=week_of(other)),
    ]
    return random.choice(requests)()


def reading(booking: Client, shop: Marked) -> list[Ask]:
    customer = f"/v1/customers/{one_of(shop.customers)}"
    return [
        lambda: booking.send("GET", f"/v1/{random.choice(LISTS)}"),
        lambda: booking.send("GET", "/v1/me"),
        lambda: booking.send("GET", customer),
        lambda: booking.send("GET", f"{customer}/export"),
    ]


def writing(booking: Client, shop: Marked) -> list[Ask]:
    customer = f"/v1/customers/{one_of(shop.customers)}"
    appointment = f"/v1/appointments/{one_of(shop.appointments)}"
    key = {"Idempotency-Key": str(random.randrange(20))}

    def post(path: str, body: Any, **more: Any) -> httpx2.Response:
        return booking.send("POST", path, json=body, **more)

    return [
        lambda: remember(shop.customers, post("/v1/customers", shop.customer())),
        lambda: remember(shop.appointments, post("/v1/appointments", shop.booking())),
        lambda: post("/v1/customers", {"firstName": shop.word, "x": shop.word}),
        lambda: post("/v1/customers", shop.customer(), headers=key),
        lambda: post(f"{appointment}/cancel", {"reason": shop.word}),
        lambda: booking.send("PATCH", customer, json={"lastName": shop.word}),
    ]


def prying(booking: Client, other: Marked) -> list[Ask]:
    customer, appointment = one_of(other.customers), one_of(other.appointments)
    return [
        lambda: booking.send("GET", f"/v1/customers/{customer}"),
        lambda: booking.send("GET", f"/v1/appointments/{appointment}"),
        lambda: booking.send("GET", "/v1/audit-events", params={"entityId": customer}),
        lambda: booking.with_token(None).send("GET", "/v1/customers"),
    ]


def remember(ids: list[str], answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code == 201:
        ids.append(answer.json()["id"])
    return answer


def one_of(ids: list[str]) -> str:
    return random.choice(ids) if ids else "nothing-yet"


def week_of(shop: Marked) -> Mapping[str, str]:
    first = datetime.now(UTC).date()
    last = first + timedelta(days=7)
    return {"serviceId": shop.service["id"], "from": first.isoformat(), "to": last.isoformat()}


def assert_mails_keep_apart(stack: ScratchStack, words: set[str]) -> None:
    """Each mail names the business of whoever it is for, and no other."""
    seen: set[str] = set()
    deadline = time.monotonic() + MAILS_WITHIN_SECONDS
    while time.monotonic() < deadline and seen != words:
        for mail in stack.mails.newest():
            message = stack.mails.message(mail.id)
            assert message is not None
            mine = {word for word in words if word in mail.recipients[0]}
            found = {word for word in words if word in whole_text(message)}
            assert found == mine, mail
            seen |= mine
        time.sleep(0.5)
    assert seen == words


def whole_text(message: EmailMessage) -> str:
    """Headers and every part as their reader sees them."""
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    parts = (part for part in message.walk() if not part.is_multipart())
    return headers + "".join(str(part.get_content()) for part in parts)


def assert_chains_hold(stack: ScratchStack, words: set[str]) -> None:
    """The audit of all this, sealed while it came, as an operator verifies it on the running stack."""
    verify = [sys.executable, "-P", "-m", "sloty_deploy", "audit", "verify"]
    verified = subprocess.run(
        [*verify, "--data-dir", str(stack.data.path)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout
    for word in words:
        assert f"{word}: intact" in verified.stdout


def logs_of(stack: ScratchStack) -> list[Path]:
    return [path for path in stack.data.path.parent.rglob("*.log") if path.is_file()]
