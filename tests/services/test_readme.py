"""The README's first booking, as far as it can be held to the code: its log-in and its addresses."""

import re
from pathlib import Path

from tests.api_clients import Apis, app_of

from sloty_deploy.demo_tenant import EMAIL, PASSWORD


def first_booking(checkout: Path) -> str:
    readme = (checkout / "README.md").read_text("utf-8")
    return readme.partition("## A first booking")[2].partition("## Commands")[0]


def test_its_log_in_is_the_demo_tenants(checkout: Path) -> None:
    assert f'{{"email": "{EMAIL}", "password": "{PASSWORD}"}}' in first_booking(checkout)


def test_its_addresses_exist(checkout: Path, apis: Apis) -> None:
    found = re.findall(r"\$(BOOKING|AVAILABILITY)(/v1/[a-z/]+)", first_booking(checkout))
    known = {"BOOKING": apis.booking, "AVAILABILITY": apis.availability}
    assert len(found) >= 4
    for api, path in found:
        assert path in app_of(known[api]).openapi()["paths"]
