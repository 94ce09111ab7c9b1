"""The embedded PostgreSQL: plain roles, one collation everywhere, and a life after a crash."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from sloty_deploy.embedded_postgres import EmbeddedPostgres
from sloty_deploy.program import RunningProgram
from sloty_deploy.refusal import Refusal
from sloty_deploy.scratch import DatabaseUrls, ScratchPostgres, scratch_postgres


def test_services_roles_have_no_powers(empty_database: DatabaseUrls) -> None:
    powers = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
    for url in (empty_database.owner_url, empty_database.app_url):
        with psycopg.connect(url) as connection:
            found = connection.execute(
                f"SELECT {powers} FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert found == (False,) * 5


def test_owner_can_create_the_index_extension(empty_database: DatabaseUrls) -> None:
    with psycopg.connect(empty_database.owner_url) as connection:
        connection.execute("CREATE EXTENSION btree_gist")


def test_services_role_can_create_nothing(empty_database: DatabaseUrls) -> None:
    with (
        psycopg.connect(empty_database.app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (id int)")


def test_text_compares_alike_under_any_locale(empty_database: DatabaseUrls) -> None:
    with psycopg.connect(empty_database.app_url) as connection:
        found = connection.execute(
            "SELECT lower('ÉÄ'), 'É' ILIKE 'é', current_setting('TimeZone')"
        ).fetchone()
    assert found == ("éä", True, "UTC")


def test_server_listens_on_no_tcp_port(postgres: ScratchPostgres) -> None:
    with psycopg.connect(postgres.first_database.superuser_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_committed_rows_survive_a_crash(tmp_path: Path) -> None:
    with scratch_postgres(tmp_path) as server:
        url = server.first_database.owner_url
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (id int)")
        server.program.kill()
        server.program.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_cluster_starts_again_where_it_lies(tmp_path: Path) -> None:
    directory = tmp_path / "a path with spaces" / "postgres"
    for _ in range(2):
        cluster = EmbeddedPostgres(directory, durable=False)
        with RunningProgram(cluster.prepare(), tmp_path / "log"):
            pass
        cluster.close()


def test_id_of_a_stranger_in_the_pid_file_is_no_obstacle(tmp_path: Path) -> None:
    same_user = "nobody" if os.geteuid() == 0 else None
    with scratch_postgres(tmp_path):
        pass
    with subprocess.Popen(["/bin/sleep", "600"], user=same_user) as stranger:
        (tmp_path / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        with scratch_postgres(tmp_path):
            assert stranger.poll() is None
        stranger.kill()


def test_cluster_that_is_served_is_refused(tmp_path: Path) -> None:
    with (
        scratch_postgres(tmp_path),
        pytest.raises(Refusal, match="Another PostgreSQL still runs"),
    ):
        EmbeddedPostgres(tmp_path / "postgres").prepare()


def test_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.unfinished" / "base").mkdir(parents=True)
    with scratch_postgres(tmp_path):
        assert not (tmp_path / "postgres.unfinished").exists()


def test_other_major_version_is_refused_in_one_line(tmp_path: Path) -> None:
    directory = tmp_path / "postgres"
    directory.mkdir()
    (directory / "PG_VERSION").write_text("17\n")
    with pytest.raises(Refusal, match="was made by PostgreSQL 17 and this is 18"):
        EmbeddedPostgres(directory).prepare()


def test_folder_without_a_cluster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(Refusal, match="holds no PostgreSQL data"):
        EmbeddedPostgres(tmp_path / "postgres").prepare()
