"""`./sloty audit verify` as an operator runs it."""

import os
import subprocess
import sys

import pytest
from tests.audit_trail import add_committed, app_database, new_tenant, tamper, verdict_on

from sloty_deploy.scratch import DatabaseUrls
from sloty_notifications.seal import seal_audit
from sloty_shared.models import Tenant


@pytest.fixture
def tenant(database: DatabaseUrls) -> Tenant:
    """A tenant with three sealed events and one that waits."""
    tenant = new_tenant(database, slug="rosa")
    add_committed(database, tenant, 3)
    app = app_database(database)
    seal_audit(app)
    app.dispose()
    add_committed(database, tenant)
    return tenant


def verify(database: DatabaseUrls, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "sloty_deploy", "audit", "verify", *options],
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "SLOTY_DATABASE_URL": database.owner_url,
            "SLOTY_APP_DATABASE_URL": database.app_url,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_intact_chains_end_with_success(database: DatabaseUrls, tenant: Tenant) -> None:
    head = verdict_on(database, tenant).head
    line = f"rosa: intact, 3 sealed (0 of them erased), 1 not sealed yet, head {head}\n"
    everyone = verify(database)
    assert (everyone.returncode, everyone.stderr) == (0, "")
    assert line in everyone.stdout
    assert "platform: intact, 0 sealed" in everyone.stdout
    alone = verify(database, "--tenant", "rosa", "--head", str(head))
    assert (alone.returncode, alone.stdout) == (0, line)


def test_tampering_ends_with_failure_and_its_name(database: DatabaseUrls, tenant: Tenant) -> None:
    tamper(
        database,
        "UPDATE audit_events SET action = 'x' WHERE id = (SELECT event_id FROM audit_seals"
        f" WHERE position = 2 AND tenant_id = '{tenant.id}')",
    )
    found = verify(database)
    assert found.returncode == 1
    assert "rosa: BROKEN, 3 sealed" in found.stdout
    assert "at position 2 was changed or moved" in found.stdout
    assert found.stderr == "sloty: The audit was tampered with: rosa\n"
    assert verify(database, "--tenant", "platform").returncode == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tenant", "nobody"], "There is no tenant nobody"),
        (["--head", f"3:{'0' * 64}"], "--head is that of one chain: name its --tenant too"),
        (
            ["--tenant", "rosa", "--head", "3"],
            "--head is POSITION:HASH as an earlier run printed it",
        ),
    ],
)
def test_refusal_is_one_line(
    database: DatabaseUrls, tenant: Tenant, options: list[str], said: str
) -> None:
    assert tenant.slug == "rosa"
    refused = verify(database, *options)
    assert (refused.returncode, refused.stderr) == (1, f"sloty: {said}\n")
