"""A real browser without a window, driven by the WebDriver protocol (W3C); skipped where there is none."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from sloty_deploy.listening import free_port

# How the protocol names an element in an answer.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE_SECONDS = 20
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@dataclass(frozen=True)
class Element:
    """One element of the page, as a person meets it."""

    http: httpx2.Client
    path: str

    def click(self) -> None:
        tell(self.http, "POST", f"{self.path}/click", {})

    def write(self, text: str) -> None:
        """Type this; into a file's field it is the path of a file."""
        tell(self.http, "POST", f"{self.path}/value", {"text": text})

    @property
    def text(self) -> str:
        return str(tell(self.http, "GET", f"{self.path}/text"))


@dataclass(frozen=True)
class Browser:
    """One window."""

    http: httpx2.Client
    session: str

    def open(self, url: str) -> None:
        tell(self.http, "POST", f"{self.session}/url", {"url": url})

    def find(self, selector: str) -> Element:
        """The first element that this CSS selector names, once it is there."""
        until = time.monotonic() + PATIENCE_SECONDS
        asked = {"using": "css selector", "value": selector}
        while True:
            answer = self.http.post(f"{self.session}/element", json=asked)
            if answer.is_success:
                return Element(
                    self.http, f"{self.session}/element/{answer.json()['value'][ELEMENT]}"
                )
            assert time.monotonic() < until, f"The page has no {selector}"
            time.sleep(0.05)

    def wait_for(self, selector: str, part: str) -> None:
        """Until the element's text has this in it."""
        until = time.monotonic() + PATIENCE_SECONDS
        while part not in (said := self.find(selector).text):
            assert time.monotonic() < until, f"{selector} says {said!r}"
            time.sleep(0.05)


def tell(http: httpx2.Client, method: str, path: str, body: Any = None) -> Any:
    answer = http.request(method, path, json=body)
    assert answer.is_success, answer.text
    return answer.json()["value"]


@contextmanager
def open_browser(language: str = "en") -> Iterator[Browser]:
    """A browser whose reader prefers this language."""
    driver, binary = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or binary is None:
        pytest.skip("there is no Chromium with its driver here")
    port = free_port()
    process = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL)
    chrome = {"binary": binary, "args": [*OPTIONS, f"--lang={language}"]}
    wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": chrome}}}
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            wait_until_ready(http)
            session = tell(http, "POST", "/session", wanted)["sessionId"]
            yield Browser(http, f"/session/{session}")
            tell(http, "DELETE", f"/session/{session}")
    finally:
        process.terminate()
        process.wait()


def wait_until_ready(http: httpx2.Client) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if http.get("/status").is_success:
                return
        except httpx2.TransportError:
            pass
        assert time.monotonic() < until, "The browser's driver does not start"
        time.sleep(0.05)
