"""`/v1/public/participants`: for whoever has the link of one participant."""

from html import escape
from string import Template
from typing import Annotated

from fastapi import Query, Response
from limits import RateLimitItemPerMinute
from starlette.responses import HTMLResponse

from sloty_booking.appointments.participants.actions import AppointmentOver
from sloty_booking.appointments.participants.reply import Reply, reply
from sloty_booking.appointments.participants.reply import invitation as _read
from sloty_booking.appointments.participants.schemas import InvitationView
from sloty_shared.errors import NotFound
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.work import Work

# A link has 256 bits that nobody can guess.
READ, ACT = RateLimitItemPerMinute(60), RateLimitItemPerMinute(20)
# Programs that look behind links must not answer for anybody, so opening one only asks.
_PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Invitation</title>
</head>
<body>
<p>$name: $service at $business, $moment ($zone).</p>
<form method="post" action="?to=confirm"><button>I will come</button></form>
<form method="post" action="?to=decline"><button>I will not come</button></form>
<form method="post" action="?to=unsubscribe"><button>No more reminders</button></form>
</body>
</html>
"""
)
_DONE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Thank you</title></head>
<body><p>$said</p></body></html>
"""
)
_SAID = {
    Reply.CONFIRM: "Thank you. $business knows that you will come.",
    Reply.DECLINE: "Thank you. $business knows that you will not come.",
    Reply.UNSUBSCRIBE: "You will get no more reminders of this appointment.",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}

routes = Routes(tags=["public"], prefix="/v1/public/participants/{invitation}")


@routes.read(
    "",
    public=True,
    answer=InvitationView,
    limit=READ,
    errors=(NotFound,),
    summary="Read an invitation by its link",
)
def read_invitation(work: Work, invitation: str) -> InvitationView:
    """What a participant comes along to, and what they have said. The token is in their mails."""
    return _read(work, invitation)


@routes.act(
    "/confirm",
    public=True,
    answer=InvitationView,
    limit=ACT,
    errors=(NotFound, AppointmentOver),
    summary="Say that a participant will come",
)
def confirm_invitation(work: Work, invitation: str) -> InvitationView:
    """Until the start, and also after having declined."""
    return reply(work, invitation, Reply.CONFIRM)


@routes.act(
    "/decline",
    public=True,
    answer=InvitationView,
    limit=ACT,
    errors=(NotFound, AppointmentOver),
    summary="Say that a participant will not come",
)
def decline_invitation(work: Work, invitation: str) -> InvitationView:
    """Until the start. They get no more messages about the appointment."""
    return reply(work, invitation, Reply.DECLINE)


@routes.read(
    "/reply",
    public=True,
    limit=READ,
    errors=(NotFound,),
    response_class=HTMLResponse,
    summary="Ask a participant whether they come",
)
def show_reply(work: Work, invitation: str) -> Response:
    """A page with a button for each answer: what the link in the mails opens."""
    shown = _read(work, invitation)
    facts = {"name": shown.name, "service": shown.service, "business": shown.business}
    page = _PAGE.substitute(
        {name: escape(value) for name, value in facts.items()},
        moment=shown.local_start,
        zone=escape(shown.timezone),
    )
    return HTMLResponse(page, headers=_HEADERS)


@routes.act(
    "/reply",
    public=True,
    limit=ACT,
    errors=(NotFound, AppointmentOver),
    response_class=HTMLResponse,
    summary="Take a participant's answer from the page",
)
def take_reply(
    work: Work, invitation: str, to: Annotated[Reply, Query(description="What is said.")]
) -> Response:
    """What the page's buttons send, and mail programs in one click to end reminders."""
    shown = reply(work, invitation, to)
    said = Template(_SAID[to]).substitute(business=shown.business)
    return HTMLResponse(_DONE.substitute(said=escape(said)), headers=_HEADERS)
