"""What links in mails open: pages in the reader's language that need nothing but this API."""

import re
from base64 import b64encode
from dataclasses import asdict, fields
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from tests.api_clients import Apis, app_of, customer, open_shop

from sloty_booking.pages.language import language_for
from sloty_booking.pages.page import WAITLIST_SCRIPT
from sloty_booking.pages.waitlist_words import WAITLIST, Outcomes
from sloty_booking.pages.words import ACCOUNT, UNSUBSCRIBE
from sloty_notifications.kinds.account_letter import PAGES
from sloty_notifications.kinds.offer_letter import PAGE

from .test_messages import unsubscribe_path

LANGUAGES = ("en", "de", "fr", "es")


class Read(HTMLParser):
    """A page's elements with their attributes, and what stands in title, style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: dict[str, str] = {}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in {"style", "script", "title"} else ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline[self._inside] = self.inline.get(self._inside, "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def first(self, tag: str) -> dict[str, str | None]:
        return next(attributes for name, attributes in self.elements if name == tag)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES.values())
def test_every_link_to_users_opens_a_page(apis: Apis, name: str, language: str) -> None:
    asked = {"Accept-Language": f"{language}-XX,en;q=0.5"}
    answer = apis.booking.send("GET", f"/{name}?token=abc", headers=asked)
    page = Read(answer.text)
    assert answer.status_code == 200
    assert page.first("html")["lang"] == language
    call = page.first("form")["data-call"]
    assert "post" in app_of(apis.booking).openapi()["paths"][f"/{call}"]
    labelled = {attributes["for"] for tag, attributes in page.elements if tag == "label"}
    assert labelled == {attributes["id"] for tag, attributes in page.elements if tag == "input"}
    assert page.first("p")["role"] == "status"


@pytest.mark.parametrize("language", LANGUAGES)
def test_offer_is_answered_in_the_readers_language(apis: Apis, language: str) -> None:
    answer = apis.booking.send("GET", f"/{PAGE}?code=abc", headers={"Accept-Language": language})
    page = Read(answer.text)
    words = WAITLIST[language]
    assert (answer.status_code, page.first("html")["lang"]) == (200, language)
    entry = f"/{page.first('form')['data-call']}/{{waitlist_code}}"
    paths = app_of(apis.booking).openapi()["paths"]
    assert "get" in paths[entry]
    buttons = [attributes["name"] for tag, attributes in page.elements if tag == "button"]
    assert buttons == ["accept", "decline"]
    assert all("post" in paths[f"{entry}/{how}"] for how in buttons)
    said = page.first("form")
    assert {f"data-{name}": text for name, text in asdict(words.outcomes).items()}.items() <= (
        said.items()
    )


def test_script_of_the_offer_says_what_there_are_words_for() -> None:
    """What it looks up by name in the form would else be missed by a reader alone."""
    named = {field.name for field in fields(Outcomes)}
    quoted = set(re.findall(r'"([a-z]+)"', WAITLIST_SCRIPT))
    assert named <= quoted
    for table in re.findall(
        r"const (?:STATES|BY_CODE|BY_STATUS) = \{(.*?)\}", WAITLIST_SCRIPT, re.DOTALL
    ):
        assert set(re.findall(r'"(\w+)"', table)) <= named


@pytest.mark.parametrize("name", [*PAGES.values(), PAGE])
def test_pages_need_no_other_server_and_run_nothing_else(apis: Apis, name: str) -> None:
    answer = apis.booking.send("GET", f"/{name}?token=<script>alert(1)</script>")
    policy = answer.headers["content-security-policy"]
    page = Read(answer.text)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        digest = sha256(page.inline[tag].encode()).digest()
        assert f"'sha256-{b64encode(digest).decode()}'" in policy
    assert page.inline.keys() == {"style", "script", "title"}
    assert not re.search(r"https?:|<script>alert", answer.text)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("language", LANGUAGES)
def test_unsubscribing_speaks_the_readers_language(apis: Apis, language: str) -> None:
    shop = open_shop(apis)
    person = shop.booking.post("/v1/customers", customer())
    asked = {"Accept-Language": language}
    path = unsubscribe_path(shop, person)
    question = apis.booking.send("GET", path, headers=asked)
    done = apis.booking.send("POST", path, headers=asked)
    assert UNSUBSCRIBE[language].button in question.text
    assert UNSUBSCRIBE[language].done in done.text
    assert (question.headers["content-language"], done.status_code) == (language, 200)


def test_every_language_says_everything() -> None:
    assert set(ACCOUNT) == set(UNSUBSCRIBE) == set(WAITLIST) == set(LANGUAGES)
    for words in UNSUBSCRIBE.values():
        assert words.question.keys() == {"EMAIL", "SMS"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("pt-BR, fr;q=0.8, de;q=0.9", "de"),
        ("de;q=0, es", "es"),
        ("de;q=nonsense,fr;q=nan", "en"),
        ("*", "en"),
        (",;=" * 1000, "en"),
    ],
)
def test_first_language_that_we_write_is_taken(header: str, language: str) -> None:
    assert language_for(header) == language
