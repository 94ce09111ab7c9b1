"""`/verify-email`, `/reset-password` and `/accept-invitation`: what links in mails to users open.

They only ask and explain; the calls that they make are the API's own.
"""

from collections.abc import Awaitable, Callable, Mapping
from html import escape

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from sloty_booking.pages.language import language_for
from sloty_booking.pages.page import ACCOUNT_SCRIPT, page
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
    }.items():
        router.add_api_route(path, answer, response_class=HTMLResponse)
    return router


def _localized(
    write: Callable[[str, AccountWords], HTMLResponse],
) -> Callable[[Request], Awaitable[HTMLResponse]]:
    async def account_page(request: Request) -> HTMLResponse:
        language = language_for(request.headers.get("accept-language", ""))
        return write(language, ACCOUNT[language])

    return account_page


def _verify_email(language: str, words: AccountWords) -> HTMLResponse:
    form = _form(words, VERIFY, words.verify_button, done=words.verified)
    return page(language, words.verify, form, script=ACCOUNT_SCRIPT)


def _reset_password(language: str, words: AccountWords) -> HTMLResponse:
    return page(language, words.reset, _password_form(words), script=ACCOUNT_SCRIPT)


def _accept_invitation(language: str, words: AccountWords) -> HTMLResponse:
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
    data = "".join(f' data-{name}="{escape(text)}"' for name, text in said.items())
    return (
        f"<form{data}>\n{field}<button>{escape(button)}</button>\n</form>\n"
        '<p role="status"></p>\n'
        f"<noscript><p>{escape(words.needs_script)}</p></noscript>"
    )
