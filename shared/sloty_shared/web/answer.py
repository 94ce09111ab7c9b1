"""How one route's result becomes a response."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

JSON = "application/json"
CREATED = 201


@dataclass(frozen=True, slots=True)
class Answer:
    """The model that a route answers with, its status, and where what it creates is found."""

    model: type[BaseModel] | None
    status: int
    location: str | None

    def respond(self, request: Request, result: Any) -> Response:
        """The answer's bytes, made while the transaction can still be rolled back."""
        if isinstance(result, Response):
            if _has_unchanged(request, result.headers.get("etag")):
                return Response(status_code=304, headers={"ETag": result.headers["etag"]})
            return result
        if self.model is None:
            return Response(status_code=self.status)
        headers = self._headers(request, result)
        if _has_unchanged(request, headers.get("ETag")):
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


def _has_unchanged(request: Request, etag: str | None) -> bool:
    """Whether the caller has this version; a gateway that compresses marks its tag as weak."""
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    return request.method == "GET" and etag is not None and bool(known & {"*", etag, f"W/{etag}"})
