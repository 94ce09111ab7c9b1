"""The bare server: an ASGI application that answers bytes which it has, and does nothing else.

Run with the folder of the answers in BENCH_ANSWERS, on the socket SLOTY_LISTEN_FD: `/3` is answered
with the file `3`, and where that is empty with 304.
"""

import os
from pathlib import Path
from typing import Any

from sloty_deploy.bench.served import serve

answers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}


def _messages(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two messages of an answer, made once."""
    if path not in answers:
        body = (Path(os.environ["BENCH_ANSWERS"]) / path.strip("/")).read_bytes()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        start = {
            "type": "http.response.start",
            "status": 200 if body else 304,
            "headers": headers if body else [(b"etag", b'"the-same"')],
        }
        answers[path] = start, {"type": "http.response.body", "body": body}
    return answers[path]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        for message in _messages(scope["path"]):
            await send(message)
        return
    for stage in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{stage}.complete"})


if __name__ == "__main__":
    serve(app)
