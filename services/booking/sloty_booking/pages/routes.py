"""`/verify-email`, `/reset-password`, `/accept-invitation`, `/waitlist`: what links in mails open.

They only ask and explain; the calls that they make are the API's own.
"""

from collections.abc import Awaitable, Callable, Mapping
from html import escape

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from sloty_booking.pages.language import language_for
from sloty_booking.pages.page import ACCOUNT_SCRIPT, data_attributes, page
from sloty_booking.pages.waitlist import waitlist_page
from sloty_booking.pages.words import ACCOUNT, AccountWords

VERIFY = "v1/auth/verify-email"
CHOOSE = "v1/auth/password-reset/confirm"


def pages_router() -> APIRouter:
    """No part of the API's document: people read these."""
    router = APIRouter(include_in_schema=False)
    for path, answer in {
        "/verify-email": _localized(_verify_email),
        "/reset-password": _localized(_reset_password),
        "/accept-invitation": _localized(_accept_invitation),
        "/waitlist": _localized(waitlist_page),
    }.items():
        router.add_api_route(path, answer, response_class=HTMLResponse)
    return router


def _localized(
    write: Callable[[str], HTMLResponse],
) -> Callable[[Request], Awaitable[HTMLResponse]]:
    async def localized_page(request: Request) -> HTMLResponse:
        return write(language_for(request.headers.get("accept-language", "")))

    return localized_page


def _verify_email(language: str) -> HTMLResponse:
    words = ACCOUNT[language]
    form = _form(words, VERIFY, words.verify_button, done=words.verified)
    return page(language, words.verify, form, script=ACCOUNT_SCRIPT)


def _reset_password(language: str) -> HTMLResponse:
    words = ACCOUNT[language]
    return page(language, words.reset, _password_form(words), script=ACCOUNT_SCRIPT)


def _accept_invitation(language: str) -> HTMLResponse:
    words = ACCOUNT[language]
    return page(language, words.join, _password_form(words), script=ACCOUNT_SCRIPT)


def _password_form(words: AccountWords) -> str:
    field = (
        f'<label for="password">{escape(words.password)}</label>\n'
        '<input id="password" name="password" type="password" required minlength="8" '
        'maxlength="200" autocomplete="new-password">\n'
    )
    return _form(words, CHOOSE, words.password_button, field, done=words.chosen)


def _form(words: AccountWords, call: str, button: str, field: str = "", *, done: str) -> str:
    """The form, and what is said after each outcome of its call."""
    said: Mapping[str, str] = {
        "call": call,
        "done": done,
        "invalid": words.invalid,
        "unfit": words.unfit,
        "suspended": words.suspended,
        "later": words.later,
        "failed": words.failed,
    }
    return (
        f"<form{data_attributes(said)}>\n{field}<button>{escape(button)}</button>\n</form>\n"
        '<p role="status"></p>\n'
        f"<noscript><p>{escape(words.needs_script)}</p></noscript>"
    )
