"""What a mail shows, and the HTML of it: one layout in MJML, compiled once in a process."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from mjml import mjml2html

from sloty_notifications.kinds.language import Labels

_LAYOUT = "templates/letter.mjml.jinja"
_HTML = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_UNKNOWN_TAG = re.compile(r"<mj[\w-]*")
_INDENTATION = re.compile(r"\s*\n\s*")

Row = tuple[str, Sequence[str]]
"""A label, and the lines that stand under it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link, and what to click on."""

    label: str
    link: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code to be typed, and what stands before it."""

    label: str
    code: str


@dataclass(frozen=True, slots=True)
class Page:
    """What the HTML of a mail shows, from top to bottom; what is empty is left out.

    Everything is text, and stands in the HTML as such, but for `paragraphs` that are Markup. A mail
    program's list shows `preheader` beside the subject; `because` says why one gets the mail.
    """

    language: str
    subject: str
    preheader: str
    business: str
    paragraphs: Sequence[str]
    because: str
    headline: str = ""
    rows: Sequence[Row] = ()
    deadline: str = ""
    button: Link | None = None
    by_hand: Code | None = None
    note: str = ""
    farewell: str = ""
    unsubscribe: Link | None = None


def html_of(page: Page) -> str:
    """The whole HTML document."""
    return _layout().render(page=page)


def compiled(source: str) -> str:
    """The HTML of an MJML document, in which Jinja's marks stand where they stood.

    Raises ValueError for what is not MJML.
    """
    html = mjml2html(source, disable_comments=True, fonts={})
    # The compiler hands on tags that it does not know, as if they were HTML.
    unknown = _UNKNOWN_TAG.search(html)
    if unknown is not None:
        raise ValueError(f"{unknown[0]}> is not a tag of MJML, or not in this place")
    return _INDENTATION.sub("\n", html)


@cache
def _layout() -> Template:
    source = files("sloty_notifications").joinpath(_LAYOUT).read_text("utf-8")
    return _HTML.from_string(compiled(source))


def fact_rows(
    labels: Labels,
    *,
    service: str,
    provider: str,
    moments: Sequence[str],
    place: Sequence[str],
    price: str,
) -> Iterator[Row]:
    """What every message about a time tells of it; `moments` end with the name of their zone."""
    yield labels.what, (service,)
    if provider:
        yield labels.provider, (provider,)
    yield labels.when, moments
    yield labels.where, place or (labels.online,)
    if price:
        yield labels.price, (price,)
