"""`/v1/public/unsubscribe`: the link in a reminder that ends reminders."""

from html import escape
from typing import Annotated

from fastapi import Header, Response
from limits import RateLimitItemPerMinute
from starlette.responses import HTMLResponse

from sloty_booking.notifications.unsubscribe import unsubscribe, wanted_by
from sloty_booking.pages.language import language_for
from sloty_booking.pages.page import page
from sloty_booking.pages.words import UNSUBSCRIBE
from sloty_shared.errors import NotFound
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.work import Work

PER_ADDRESS = RateLimitItemPerMinute(60)
AcceptLanguage = Annotated[str, Header(description="The languages that the reader prefers.")]

routes = Routes(tags=["public"])


@routes.read(
    "/public/unsubscribe/{token}",
    public=True,
    limit=PER_ADDRESS,
    errors=(NotFound,),
    response_class=HTMLResponse,
    summary="Ask whether to unsubscribe",
)
def show_unsubscribe(work: Work, token: str, accept_language: AcceptLanguage = "") -> Response:
    """A page with one button: programs that look behind links must not end anything."""
    named = wanted_by(work, token)
    language = language_for(accept_language)
    words = UNSUBSCRIBE[language]
    question = words.question[named.channel.value].format(business=work.tenant.name)
    form = f'<form method="post"><button>{escape(words.button)}</button></form>'
    return page(language, words.title, f"<p>{escape(question)}</p>\n{form}")


@routes.act(
    "/public/unsubscribe/{token}",
    public=True,
    limit=PER_ADDRESS,
    errors=(NotFound,),
    response_class=HTMLResponse,
    summary="Unsubscribe",
)
def unsubscribe_customer(work: Work, token: str, accept_language: AcceptLanguage = "") -> Response:
    """End the reminders to this customer by this channel; mail programs call it in one click."""
    unsubscribe(work, token)
    language = language_for(accept_language)
    words = UNSUBSCRIBE[language]
    return page(language, words.done_title, f"<p>{escape(words.done)}</p>")
