"""A client of Sloty's APIs for the demo: JSON in, JSON out, and a Refusal for what fails."""

from typing import Any

import httpx2

from sloty_deploy.refusal import Refusal

TIMEOUT_SECONDS = 15


class Api:
    """One API at its address; `token` is the log-in. What is no success raises Refusal."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: str) -> Any:
        return self._answer("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._answer("POST", path, json=body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self._answer("PATCH", path, json=body)

    def ensure(self, path: str, body: dict[str, Any], *, by: str) -> Any:
        """Find the item of the list at `path` that is the same in its field `by`, or create it."""
        for item in self.get(path, limit="200")["items"]:
            if item[by] == body[by]:
                return item
        return self.post(path, body)

    def _answer(self, method: str, path: str, **request: Any) -> Any:
        """Ask over a connection of its own, so that a restarted API is none the wiser."""
        try:
            answer = httpx2.request(
                method,
                self._url + path,
                headers=self._headers,
                timeout=TIMEOUT_SECONDS,
                **request,
            )
        except httpx2.HTTPError as problem:
            raise Refusal(f"{method} {path} got no answer: {problem}") from problem
        if not answer.is_success:
            raise Refusal(f"{method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json()
