"""`./sloty zones check` on a database given by URL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.factories import make_appointment, owner_session

from sloty_deploy.refusal import Refusal
from sloty_deploy.scratch import DatabaseUrls
from sloty_deploy.zones import check
from sloty_shared.zone_rules import wall_time


def test_moved_appointment_is_listed(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SLOTY_DATABASE_URL", database.owner_url)
    monkeypatch.setenv("SLOTY_APP_DATABASE_URL", database.app_url)
    assert check(tmp_path)
    start = datetime(2100, 7, 1, 9, tzinfo=UTC)
    with owner_session(database.owner_url) as session:
        moved = make_appointment(
            session,
            start_time=start,
            start_wall_time=wall_time(start - timedelta(hours=1), "Europe/Berlin"),
        )
        make_appointment(session, start_time=start)
    capsys.readouterr()
    assert not check(tmp_path)
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "Rules of time zones in PostgreSQL and Python: ok",
        (
            f"appointment {moved.id} of tenant {moved.tenant_id}: booked for"
            " 2100-07-01T10:00:00+02:00[Europe/Berlin], now 2100-07-01T11:00:00+02:00[Europe/Berlin]"
        ),
        "Future appointments whose wall time moved: 1",
        "Future appointments that keep no wall time to compare with: 1",
    ]


def test_folder_without_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="holds no database"):
        check(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
