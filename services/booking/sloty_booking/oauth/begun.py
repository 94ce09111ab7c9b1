"""A sign-in between its beginning and its return: sealed in a cookie of the browser that began it."""

import hmac
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from fastapi import Query, Response
from pydantic import BaseModel, ValidationError

from sloty_booking.oauth.errors import InvalidState
from sloty_shared.encryption import Encryption, NotOurs
from sloty_shared.errors import FieldError, Invalid
from sloty_shared.settings import Settings

COOKIE = "sloty_sign_in"
PURPOSE = "sign-in"
LIFETIME = timedelta(minutes=10)
# Of 62 characters each, and within what RFC 7636 asks of a verifier.
_SECRET_LENGTH = 48
_LONGEST_PAGE = 1000

Page = Annotated[
    str | None,
    Query(
        max_length=_LONGEST_PAGE,
        description="The page to go back to, which gets the answer in its fragment: "
        "`#token=…&expires=…`, or `#error=…&errorDescription=…` with a problem's code. Its origin "
        "is one of `SLOTY_CORS_ORIGINS` or that of `SLOTY_PUBLIC_URL`. Without it the answer is "
        "JSON.",
        examples=["https://app.example.com/signed-in"],
    ),
]


class Begun(BaseModel):
    """What only this browser and the provider may know, and where the browser goes at the end."""

    provider: str
    state: str
    nonce: str
    verifier: str
    page: str | None
    expires: datetime

    @classmethod
    def now(cls, provider: str, page: str | None, now: datetime) -> "Begun":
        state, nonce, verifier = (generate_token(_SECRET_LENGTH) for _ in range(3))
        return cls(
            provider=provider,
            state=state,
            nonce=nonce,
            verifier=verifier,
            page=page,
            expires=now + LIFETIME,
        )

    def keep(self, response: Response, encryption: Encryption, settings: Settings) -> None:
        """Give it to the browser; a sign-in that was begun before is forgotten."""
        sealed = encryption.seal_text(self.model_dump_json(), PURPOSE)
        self._put(response, settings, sealed, int(LIFETIME.total_seconds()))

    def forget(self, response: Response, settings: Settings) -> None:
        self._put(response, settings, "", 0)

    def _put(self, response: Response, settings: Settings, value: str, seconds: int) -> None:
        """Sent on the way back from the provider and nowhere else, and never read by a page."""
        callback = urlsplit(callback_url(self.provider, settings))
        response.set_cookie(
            COOKIE,
            value,
            max_age=seconds,
            path=callback.path,
            secure=callback.scheme == "https",
            httponly=True,
            samesite="lax",
        )


def begun_by(
    cookie: str | None, provider: str, state: str | None, encryption: Encryption, now: datetime
) -> Begun:
    """The sign-in that this browser began with this state. Raises InvalidState."""
    try:
        found = encryption.open_text(cookie or "", PURPOSE)
        begun = Begun.model_validate_json(found)
    except (NotOurs, ValidationError):
        raise InvalidState from None
    same = hmac.compare_digest((state or "").encode("utf-8", "replace"), begun.state.encode())
    if not same or begun.provider != provider or now >= begun.expires:
        raise InvalidState
    return begun


def callback_url(provider: str, settings: Settings) -> str:
    """Where the provider sends the browser: the operator registers this there."""
    return f"{settings.link_base}/v1/auth/oauth/{provider}/callback"


def allowed_page(page: str | None, settings: Settings) -> str | None:
    """The page, if its origin may have a user's token. Raises Invalid."""
    if page is None:
        return None
    try:
        parts = urlsplit(page)
    except ValueError:
        parts = urlsplit("")
    # Browsers read a backslash as a slash and skip blanks, so neither may stand in it.
    plain = page.isascii() and page.isprintable() and not set(page) & set(' \\#"<>')
    if not plain or f"{parts.scheme}://{parts.netloc}" not in _origins(settings):
        raise Invalid(errors=[FieldError("query:redirect", "No page of an allowed origin")])
    return page


def _origins(settings: Settings) -> set[str]:
    own = urlsplit(settings.link_base)
    return {*settings.allowed_origins, f"{own.scheme}://{own.netloc}"}
