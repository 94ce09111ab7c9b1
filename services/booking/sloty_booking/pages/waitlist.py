"""`/waitlist`: what the link in an offer of the waitlist opens, to accept or decline it."""

from dataclasses import asdict
from html import escape

from starlette.responses import HTMLResponse

from sloty_booking.pages.page import WAITLIST_SCRIPT, data_attributes, page
from sloty_booking.pages.waitlist_words import WAITLIST, Facts, WaitlistWords

ENTRY = "v1/public/waitlist"
# The business's slug follows: there the service's form is read, and files are sent.
BUSINESS = "v1/public"


def waitlist_page(language: str) -> HTMLResponse:
    """The page; its script reads the entry by the code in the address, and hands on the answer."""
    words = WAITLIST[language]
    body = _facts(words.facts, words.online) + _form(words)
    return page(language, words.title, body, script=WAITLIST_SCRIPT)


def _facts(labels: Facts, online: str) -> str:
    rows = "".join(
        f'<div><dt>{escape(label)}</dt><dd data-fact="{name}"></dd></div>\n'
        for name, label in asdict(labels).items()
    )
    return f"<dl{data_attributes({'online': online})} hidden>\n{rows}</dl>\n"


def _form(words: WaitlistWords) -> str:
    said = {"call": ENTRY, "business": BUSINESS} | asdict(words.outcomes)
    return (
        f"<form{data_attributes(said)} hidden>\n"
        "<fieldset hidden></fieldset>\n"
        f'<button name="accept">{escape(words.accept)}</button>\n'
        f'<button name="decline" class="other" formnovalidate>{escape(words.decline)}</button>\n'
        "</form>\n"
        '<p role="status"></p>\n'
        f"<noscript><p>{escape(words.needs_script)}</p></noscript>"
    )
