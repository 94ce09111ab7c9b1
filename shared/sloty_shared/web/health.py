"""The routes for operators: is the process alive, is it ready, what does it count."""

from collections.abc import Callable

from pydantic import Field

from sloty_shared.errors import Unavailable
from sloty_shared.readiness import Readiness
from sloty_shared.web.metrics import metrics
from sloty_shared.web.problems import problem_responses
from sloty_shared.web.routing import NO_LOGIN, Router
from sloty_shared.web.schemas import Resource


class NotReady(Unavailable):
    """Something this service cannot work without is missing; `checks` names it."""

    code = "not_ready"
    title = "Not ready"


class Health(Resource):
    """The process is alive."""

    status: str = Field(examples=["ok"])


class ReadinessReport(Resource):
    """The service is ready; a check that does not say `ok` is one it can do without."""

    status: str = Field(examples=["ok"])
    checks: dict[str, str] = Field(examples=[{"database": "ok", "broker": "unreachable"}])


def health_router(check_readiness: Callable[[], Readiness]) -> Router:
    """`check_readiness` may block, for a few seconds at most; it runs in a thread."""
    router = Router(tags=["operations"])

    # Asynchronous, so that it answers even when all threads are waiting for something.
    @router.get("/healthz", openapi_extra=NO_LOGIN)
    async def healthz() -> Health:
        """Answers as long as the process does."""
        return Health(status="ok")

    @router.get("/readyz", openapi_extra=NO_LOGIN, responses=problem_responses(NotReady))
    def readyz() -> ReadinessReport:
        """Answers 200 when the service can do its work."""
        found = check_readiness()
        if not found.ready:
            raise NotReady(checks=dict(found.checks))
        return ReadinessReport(status="ok", checks=dict(found.checks))

    router.add_api_route("/metrics", metrics, include_in_schema=False)
    return router
