"""How one route's result becomes a response."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from fastapi import Request, Response
from pydantic import BaseModel

JSON = "application/json"
CREATED = 201


@dataclass(frozen=True, slots=True)
class Tagged:
    """Bytes that are written only for a caller who does not have them; `tag` changes when they do."""

    tag: str
    media_type: str
    write: Callable[[], bytes]

    @classmethod
    def of(cls, content: bytes, media_type: str) -> Self:
        """Bytes that are there already, tagged by what they are."""
        return cls(digest(content), media_type, lambda: content)


def digest(*parts: bytes) -> str:
    """A tag that is another one whenever the parts, put together, are."""
    return hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """The model that a route answers with, its status, and where what it creates is found."""

    model: type[BaseModel] | None
    status: int
    location: str | None

    def respond(self, request: Request, result: Any) -> Response:
        """The answer's bytes, made while the transaction can still be rolled back."""
        if isinstance(result, Response):
            return result
        if isinstance(result, Tagged):
            etag = f'"{result.tag}"'
            if has_unchanged(request, etag):
                return unchanged(etag)
            return Response(result.write(), headers={"ETag": etag}, media_type=result.media_type)
        if self.model is None:
            return Response(status_code=self.status)
        headers = self._headers(request, result)
        if has_unchanged(request, headers.get("ETag")):
            return Response(status_code=304, headers=headers)
        model = result if isinstance(result, BaseModel) else self.model.model_validate(result)
        return Response(
            model.model_dump_json(), status_code=self.status, headers=headers, media_type=JSON
        )

    def _headers(self, request: Request, result: Any) -> dict[str, str]:
        headers = {}
        version = getattr(result, "version", None)
        if version is not None:
            headers["ETag"] = f'"{version}"'
        if self.status == CREATED:
            headers["Location"] = (
                self.location.format(result) if self.location else f"{request.url.path}/{result.id}"
            )
        return headers


def unchanged(etag: str) -> Response:
    """The answer to a caller who has what this tag is of."""
    return Response(status_code=304, headers={"ETag": etag})


def has_unchanged(request: Request, etag: str | None) -> bool:
    """Whether the caller has this version; a gateway that compresses marks its tag as weak."""
    # Straight from the head: the framework's headers cost more than the rest of this.
    given = [value for name, value in request.scope["headers"] if name == b"if-none-match"]
    if not given or etag is None or request.method != "GET":
        return False
    known = {tag.strip() for tag in b",".join(given).decode("latin-1").split(",")}
    return not known.isdisjoint(("*", etag, f"W/{etag}"))
