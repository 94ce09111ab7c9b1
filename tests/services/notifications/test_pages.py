"""The HTML of mails: MJML that is MJML, values that stay text, nothing fetched from anywhere."""

import re
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from sloty_notifications.kinds.page import Code, Link, Page, compiled, html_of
from sloty_shared.models import NotificationKind

from .desk import PUBLIC_URL, Desk
from .test_letters import letter, text_of
from .test_words import letter_with_template

# Gmail cuts longer mails off.
MOST_BYTES = 102_000
MOST_OCCURRENCES = 104
LINK = f"{PUBLIC_URL}/some/where?token=abc&again=def"
HOSTILE = """</title></p></a><script>alert(1)</script><!--"'> onclick=x {{ 7 * 7 }} {% raw %} &amp; <mj-x>"""
PAGE = Page(
    language="de",
    subject="The subject",
    preheader="The preheader",
    business="The business",
    paragraphs=("The greeting", "The opening"),
    because="The reason",
    headline="The headline",
    rows=(("The label", ("The first line", "The second line")),),
    deadline="The deadline",
    button=Link("The button", LINK),
    by_hand=Code("The code's label", "The code"),
    note="The note",
    farewell="The farewell",
    unsubscribe=Link("The way out", LINK + "&out=1"),
)
SPARE = Page("en", "S", "P", "B", ("T",), "R")


class Shape(HTMLParser):
    """The elements with their attributes' names, the texts, and what could be fetched or followed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem != "style":
            self.texts += filter(None, [data.strip()])

    def values(self, name: str) -> list[str | None]:
        return [value for _, named, value in self.attributes if named == name]


def hostile_page() -> Page:
    return Page(
        language=HOSTILE,
        subject=HOSTILE,
        preheader=HOSTILE,
        business=HOSTILE,
        paragraphs=(HOSTILE, HOSTILE),
        because=HOSTILE,
        headline=HOSTILE,
        rows=((HOSTILE, (HOSTILE, HOSTILE)),),
        deadline=HOSTILE,
        button=Link(HOSTILE, HOSTILE),
        by_hand=Code(HOSTILE, HOSTILE),
        note=HOSTILE,
        farewell=HOSTILE,
        unsubscribe=Link(HOSTILE, HOSTILE),
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<mj-txt>Hello</mj-txt>",
        "<mj-text><mj-bold>Hello</mj-bold></mj-text>",
        "<mjtext />",
        "<mj-text>Hello",
        "<mj-text>{% if 1 < 2 %}Hello{% endif %}</mj-text>",
    ],
)
def test_what_is_not_mjml_is_refused(inside: str) -> None:
    body = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"
    assert "Hello" in compiled(body.format("<mj-text>Hello</mj-text>"))
    with pytest.raises(ValueError, match=r"not a tag of MJML|parse|unexpected|closing"):
        compiled(body.format(inside))


def test_page_shows_all_it_holds_in_order() -> None:
    shown = Shape(html_of(PAGE))
    said = [text.rstrip(":") for text in shown.texts if text.startswith("The ")]
    expected = (
        "subject, preheader, business, headline, greeting, opening, label, first line, second line, "
        "deadline, button, code's label, code, note, farewell, business, reason, way out"
    )
    assert said == [f"The {name}" for name in expected.split(", ")]
    assert [value for value in shown.values("href") if value] == [LINK, LINK + "&out=1"]
    assert set(shown.values("lang")) == {"de"}


@pytest.mark.parametrize(
    "name", [each.name for each in fields(Page) if each.default is not MISSING]
)
def test_page_leaves_out_what_it_does_not_have(name: str) -> None:
    empty = replace(PAGE, **{name: getattr(SPARE, name)})
    assert len(html_of(empty)) < len(html_of(PAGE))
    assert "None" not in html_of(empty)


def test_hostile_values_stay_text() -> None:
    tame, hostile = Shape(html_of(PAGE)), Shape(html_of(hostile_page()))
    assert hostile.elements == tame.elements
    assert hostile.texts.count(HOSTILE) == 17
    assert hostile.values("href") == [HOSTILE, HOSTILE]
    assert set(hostile.values("lang")) == {HOSTILE}


def test_only_markup_is_markup() -> None:
    written = Markup("<br>").join(["<i>one</i>", "two"])
    assert "&lt;i&gt;one&lt;/i&gt;<br>two" in html_of(replace(SPARE, paragraphs=(written,)))


def test_page_fetches_nothing_and_leads_only_to_us() -> None:
    html = html_of(PAGE)
    shown = Shape(html)
    assert not {"img", "link", "script", "iframe"} & {tag for tag, _ in shown.elements}
    assert not [name for _, name, _ in shown.attributes if name in {"src", "srcset", "background"}]
    assert not re.search(r"url\(|@import|@font-face", html)
    # The names of XML's namespaces look like addresses.
    addresses = set(re.findall(r"https?://[^/\"&]+", re.sub(r'xmlns(:\w)?="[^"]*"', "", html)))
    assert addresses == {PUBLIC_URL}


def test_page_is_made_for_readers_of_all_kinds() -> None:
    shown = Shape(html_of(PAGE))
    tables = [value for tag, name, value in shown.attributes if (tag, name) == ("table", "role")]
    assert len(tables) == sum(tag == "table" for tag, _ in shown.elements)
    assert set(tables) == {"presentation"}
    assert [tag for tag, _ in shown.elements].count("h1") == 1
    assert ("meta", "content", "light dark") in shown.attributes
    assert ("meta", "content", "width=device-width, initial-scale=1") in shown.attributes
    assert "prefers-color-scheme: dark" in html_of(PAGE)


def test_longest_series_is_not_cut_off() -> None:
    dates = ("Tuesday, 24 November 2026 at 09:00 · " + "<" * 150,) * MOST_OCCURRENCES
    assert len(html_of(replace(PAGE, rows=(("When", dates),))).encode()) < MOST_BYTES


def test_reminder_says_why_it_came_and_how_to_end_it(desk: Desk) -> None:
    start = datetime(2126, 1, 1, 9, tzinfo=UTC)
    mail = letter(desk, NotificationKind.REMINDER, start_time=start)
    shown = Shape(text_of(mail, "html"))
    [link] = shown.values("href")
    reason = "You get this message because an appointment at Salon Rosa was booked or requested in your name."
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert shown.texts[-2:] == [reason, "No more reminders by e-mail"]
    assert "You get this message" not in text_of(mail)
    assert shown.texts[1] == "Ada Meyer · Rosa am Markt, Marktplatz 1, 10178 Berlin"


def test_tenants_own_text_stands_in_our_layout(desk: Desk) -> None:
    mail = letter_with_template(
        desk, reader="pt-BR", locale="pt", text="Olá {{ first_name }},\n\nAté já"
    )
    html = text_of(mail, "html")
    shown = Shape(html)
    assert shown.texts[:4] == ["S Haircut", "Olá J<b>, Até já", "Salon Rosa", "Olá J<b>,"]
    assert "Olá J&lt;b&gt;,<br><br>Até já" in html
    assert shown.texts[-1].startswith("You get this message because an appointment at Salon Rosa")
    assert set(shown.values("lang")) == {"pt"}
    assert text_of(mail).rstrip("\n") == "Olá J<b>,\n\nAté já"
