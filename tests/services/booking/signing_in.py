"""A provider process, an API that knows it, and a browser that goes from one to the other."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from tests.api_clients import Apis, answered, in_process, settings_of

from sloty_deploy.listening import free_port
from sloty_deploy.program import Program, RunningProgram
from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_deploy.stack import answers_ready

from .openid_provider import CLIENT_ID, CLIENT_SECRET
from .people import Post

NAME = "corner-id"
SIGN_IN = f"/v1/auth/oauth/{NAME}"
CALLBACK = f"{SIGN_IN}/callback"
# Where the APIs take themselves to be.
BASE = "http://testserver"
PAGE = "https://app.example.com/signed-in"

_subjects = count(1)


@dataclass(frozen=True)
class Provider:
    """The running provider."""

    url: str
    running: RunningProgram

    def order(self, **orders: Any) -> dict[str, int]:
        """Say who is logged in there and how it answers; how often each path was asked for."""
        told = {"redirects": [BASE + CALLBACK]} | orders
        answer = httpx2.put(f"{self.url}/orders", json=told)
        found: dict[str, int] = answer.raise_for_status().json()
        return found

    def issued(self) -> list[str]:
        """Every token that it has ever given."""
        answer = httpx2.get(f"{self.url}/issued")
        found: list[str] = answer.raise_for_status().json()
        return found

    def knows(self, email: str | None, *, sub: str | None = None, **more: Any) -> str:
        """Somebody with this verified address is logged in there: their subject."""
        sub = sub or f"subject-{next(_subjects)}"
        claims = {"sub": sub, "email": email, "email_verified": True}
        self.order(user=claims, **more)
        return sub


@contextmanager
def provider_process(directory: Path) -> Iterator[Provider]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    program = Program(
        name="openid provider",
        command=[sys.executable, str(Path(__file__).with_name("openid_provider.py")), str(port)],
        environment={"PATH": os.environ.get("PATH", os.defpath)},
        directory=directory,
        is_ready=partial(answers_ready, url, "/keys"),
    )
    with RunningProgram(program, directory / "provider.log") as running:
        yield Provider(url, running)


@contextmanager
def apis_that_know(
    issuer: str, database: DatabaseUrls, broker: ScratchBroker, **changes: Any
) -> Iterator[Apis]:
    """Both APIs at the present moment, which is the provider's."""
    known = {"issuer": issuer, "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}
    settings = settings_of(
        database.app_url,
        broker.url,
        public_url=BASE,
        cors_origins="https://app.example.com",
        oauth_providers={NAME: known},
        **changes,
    )
    with in_process(settings) as apis:
        apis.clock.now = datetime.now(UTC)
        yield apis


@dataclass
class Browser:
    """Follows redirects one by one, and keeps its cookies."""

    apis: Apis
    cookies: dict[str, str] = field(default_factory=dict)

    def go(self, path: str, **query: str) -> httpx2.Response:
        """One request of the booking API."""
        self.apis.booking.http.cookies.clear()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode()
        answer = self.apis.booking.send(
            "GET", path, params=query, headers={"Cookie": cookies}, follow_redirects=False
        )
        self.cookies |= dict(answer.cookies)
        return answer

    def begin(self, page: str | None = None) -> str:
        """The provider's address that a sign-in begins with."""
        answer = self.go(SIGN_IN, **({"redirect": page} if page else {}))
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def consent(self, address: str) -> dict[str, str]:
        """What the provider gives the browser to bring back."""
        answer = httpx2.get(address)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == BASE + CALLBACK
        return dict(parse_qsl(back.query))

    def come_back(self, brought: dict[str, str]) -> httpx2.Response:
        return self.go(CALLBACK, **brought)

    def sign_in(self, page: str | None = None) -> httpx2.Response:
        """There and back again."""
        return self.come_back(self.consent(self.begin(page)))


def accounts(post: Post, user_id: str) -> list[Any]:
    """What is stored of the user's sign-ins elsewhere."""
    return post.rows("SELECT * FROM accounts WHERE user_id = %s", user_id)


def refused(answer: Any, status: int, code: str) -> Any:
    """The problem that the browser was answered with."""
    problem = answered(answer, status)
    assert problem["code"] == code, problem
    return problem
