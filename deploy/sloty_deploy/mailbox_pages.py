"""What a browser and scripts see of the mailbox: a list, one mail, its HTML in a sandbox."""

from email.message import EmailMessage
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sloty_deploy.mail_store import MailStore, MailSummary

LISTED_MAILS = 500
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
# A mail is somebody else's markup: no scripts, no requests, links only into windows of their own.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:;"
    " style-src 'unsafe-inline'; frame-ancestors 'self'"
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }} td, th {{ padding: .3rem .6rem; text-align: left }}
tr + tr {{ border-top: 1px solid #ccc }} pre {{ white-space: pre-wrap; overflow-wrap: anywhere }}
iframe {{ border: 1px solid #ccc; height: 36rem; width: 100% }}
</style></head><body>{body}</body></html>"""


def mailbox_pages(mails: MailStore) -> Starlette:
    """The mailbox as a web application that answers on any path it knows, without a log-in."""

    def list_page(_request: Request) -> Response:
        rows = "".join(_row(mail) for mail in mails.newest(LISTED_MAILS))
        head = "<tr><th>Received (UTC)</th><th>To</th><th>Kind</th><th>Subject</th></tr>"
        return _page("Mailbox", f"<h1>Mailbox</h1><table>{head}{rows}</table>")

    def list_json(_request: Request) -> Response:
        return JSONResponse({"items": [_as_json(mail) for mail in mails.newest(LISTED_MAILS)]})

    def mail_page(request: Request) -> Response:
        mail_id = request.path_params["mail_id"]
        message = mails.message(mail_id)
        return _missing() if message is None else _page("Mail", _mail_body(mail_id, message))

    def mail_html(request: Request) -> Response:
        message = mails.message(request.path_params["mail_id"])
        if message is None:
            return _missing()
        document = '<base target="_blank">' + _part(message, "html")
        return HTMLResponse(document, headers={"Content-Security-Policy": MAIL_POLICY})

    def mail_source(request: Request) -> Response:
        content = mails.raw(request.path_params["mail_id"])
        if content is None:
            return _missing()
        return Response(content, media_type="message/rfc822")

    return Starlette(
        routes=[
            Route("/", list_page),
            Route("/messages.json", list_json),
            Route("/messages/{mail_id}.eml", mail_source),
            Route("/messages/{mail_id}/html", mail_html),
            Route("/messages/{mail_id}", mail_page),
        ]
    )


def _row(mail: MailSummary) -> str:
    received = mail.received_at.strftime("%Y-%m-%d %H:%M:%S")
    link = f'<a href="/messages/{mail.id}">{escape(mail.subject or "(no subject)")}</a>'
    cells = [received, escape(", ".join(mail.recipients)), escape(mail.kind), link]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _as_json(mail: MailSummary) -> dict[str, object]:
    return {
        "id": mail.id,
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "messageId": mail.message_id,
        "kind": mail.kind,
        "receivedAt": mail.received_at.isoformat().replace("+00:00", "Z"),
    }


def _mail_body(mail_id: str, message: EmailMessage) -> str:
    lines = "\n".join(f"{name}: {value}" for name, value in message.raw_items())
    headers = lines.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    frame = (
        f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="HTML part"'
        f' src="/messages/{mail_id}/html"></iframe>'
        if message.get_body(("html",))
        else ""
    )
    return (
        f'<p><a href="/">All mails</a> · <a href="/messages/{mail_id}.eml">Source</a></p>'
        f"<pre>{escape(headers)}</pre><h2>Text</h2><pre>{escape(_part(message, 'plain'))}</pre>"
        f"<h2>HTML</h2>{frame}"
    )


def _part(message: EmailMessage, kind: str) -> str:
    """The text of the part of this kind; a charset nobody knows is shown as far as it goes."""
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        payload = part.get_payload(decode=True)
        return payload.decode("ascii", "replace") if isinstance(payload, bytes) else str(payload)


def _page(title: str, body: str) -> Response:
    document = PAGE.format(title=escape(title), body=body)
    return HTMLResponse(document, headers={"Content-Security-Policy": PAGE_POLICY})


def _missing() -> Response:
    return PlainTextResponse("There is no such mail.\n", status_code=404)
