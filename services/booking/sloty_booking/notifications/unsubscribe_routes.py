"""`/v1/public/unsubscribe`: the link in a reminder that ends reminders."""

from html import escape
from string import Template

from fastapi import Response
from limits import RateLimitItemPerMinute
from starlette.responses import HTMLResponse

from sloty_booking.notifications.unsubscribe import unsubscribe, wanted_by
from sloty_shared.errors import NotFound
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.work import Work

PER_ADDRESS = RateLimitItemPerMinute(60)
# Programs that look behind links must not end anything, so opening it only asks.
_PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Unsubscribe</title>
</head>
<body>
<p>Do you want no more reminders of $business by $channel?</p>
<form method="post"><button>Unsubscribe</button></form>
</body>
</html>
"""
)
_DONE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Unsubscribed</title></head>
<body><p>You will get no more of these reminders.</p></body></html>
"""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}

routes = Routes(tags=["public"])


@routes.read(
    "/public/unsubscribe/{token}",
    public=True,
    limit=PER_ADDRESS,
    errors=(NotFound,),
    response_class=HTMLResponse,
    summary="Ask whether to unsubscribe",
)
def show_unsubscribe(work: Work, token: str) -> Response:
    """A page with one button."""
    named = wanted_by(work, token)
    page = _PAGE.substitute(business=escape(work.tenant.name), channel=named.channel.value)
    return HTMLResponse(page, headers=_HEADERS)


@routes.act(
    "/public/unsubscribe/{token}",
    public=True,
    limit=PER_ADDRESS,
    errors=(NotFound,),
    response_class=HTMLResponse,
    summary="Unsubscribe",
)
def unsubscribe_customer(work: Work, token: str) -> Response:
    """End the reminders to this customer by this channel; mail programs call it in one click."""
    unsubscribe(work, token)
    return HTMLResponse(_DONE, headers=_HEADERS)
