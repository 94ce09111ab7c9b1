"""A page by itself: no other server's files, no script or style but those that it names by hash."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "page.css").read_text("utf-8")
ACCOUNT_SCRIPT = (_FOLDER / "account.js").read_text("utf-8")
WAITLIST_SCRIPT = "".join(
    (_FOLDER / name).read_text("utf-8") for name in ("answers.js", "waitlist.js")
)
_PAGE = Template(
    """<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$title</title>
<link rel="icon" href="data:,">
<style>$style</style>
</head>
<body>
<main>
<h1>$title</h1>
$body
</main>
$script</body>
</html>
"""
)


def page(language: str, title: str, body: str, *, script: str = "") -> HTMLResponse:
    """The page; `body` is markup, with what comes from outside escaped in it already."""
    return HTMLResponse(
        _PAGE.substitute(
            language=language,
            title=escape(title),
            style=_STYLE,
            body=body,
            script=f"<script>{script}</script>\n" if script else "",
        ),
        headers={
            "Content-Security-Policy": _policy(script),
            "Content-Language": language,
            "Vary": "Accept-Language",
            # The address holds a token.
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        },
    )


def data_attributes(said: Mapping[str, str]) -> str:
    """What an element holds for its page's script, by name."""
    return "".join(f' data-{name}="{escape(text)}"' for name, text in said.items())


def _policy(script: str) -> str:
    # Where a script sends the form, the browser must not, or a password would stand in an address.
    by_script = f"script-src {_hash(script)}; connect-src 'self'; form-action 'none'"
    sending = by_script if script else "form-action 'self'"
    return (
        f"default-src 'none'; style-src {_hash(_STYLE)}; img-src data:; "
        f"{sending}; base-uri 'none'; frame-ancestors 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
