"""The API's document and the page that shows it: Swagger UI from our own files, no other server's."""

from collections.abc import Callable, Coroutine
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse

_STATIC = Path(__file__).parent / "static"
_FILES = {
    "swagger-ui.css": _STATIC / "swagger-ui" / "swagger-ui.css",
    "swagger-ui-bundle.js": _STATIC / "swagger-ui" / "swagger-ui-bundle.js",
    "start.js": _STATIC / "start.js",
}
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
""")
# Swagger UI sets styles on elements and draws its icons from data: addresses.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def docs_router(title: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    page = _PAGE.substitute(title=escape(title))

    @router.get("/openapi.json")
    async def openapi_document(request: Request) -> JSONResponse:
        return JSONResponse(request.app.openapi())

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    for name, path in _FILES.items():
        router.add_api_route(f"/docs/{name}", _file(path))
    return router


def _file(path: Path) -> Callable[[], Coroutine[Any, Any, FileResponse]]:
    async def docs_file() -> FileResponse:
        return FileResponse(path, headers={"Cache-Control": "public, max-age=3600"})

    return docs_file
