"""What a serving process has one of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Request

from sloty_shared.broker import WakeUps
from sloty_shared.database import Database
from sloty_shared.encryption import Encryption
from sloty_shared.settings import Settings
from sloty_shared.web.answer_memory import AnswerMemory
from sloty_shared.web.rate_limits import RateLimits


@dataclass(slots=True)
class Runtime:
    """Stands in `app.state.runtime`."""

    settings: Settings
    database: Database
    wake_ups: WakeUps
    encryption: Encryption
    rate_limits: RateLimits
    answers: AnswerMemory
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def runtime_of(request: Request) -> Runtime:
    found: Runtime = request.app.state.runtime
    return found
