"""What each subscription tier allows, and how an operator says otherwise."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_settings import NoDecode

from sloty_shared.models import SubscriptionTier

Most = Annotated[int, Field(strict=True, ge=0)] | None


class PlanLimit(BaseModel):
    """The most that a tenant of one tier may have; None is no limit.

    `providers` are active ones, `appointments_per_month` those booked in a calendar month of UTC.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    providers: Most = None
    appointments_per_month: Most = None


DEFAULTS: Mapping[str, Mapping[str, int | None]] = {
    SubscriptionTier.FREE: {"providers": 1, "appointmentsPerMonth": 100},
    SubscriptionTier.BASIC: {"providers": 5, "appointmentsPerMonth": 1000},
    SubscriptionTier.PRO: {"providers": 50, "appointmentsPerMonth": 20_000},
    SubscriptionTier.ENTERPRISE: {},
}


def _over_defaults(given: Any) -> Any:
    """Read `{"FREE": {"providers": 3}}`; tiers and limits that are not named keep the defaults."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            raise ValueError("must be JSON") from None
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise ValueError('must be a JSON object such as {"FREE": {"providers": 3}}')
    return {tier: {**DEFAULTS.get(tier, {}), **given.get(tier, {})} for tier in {*DEFAULTS, *given}}


PlanLimits = Annotated[dict[SubscriptionTier, PlanLimit], NoDecode, BeforeValidator(_over_defaults)]
"""The limits of every tier."""
