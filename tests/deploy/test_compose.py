"""The container files say what they must: health checks, no root, the shared syntax, no leaks."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

# Services that are run several times: a name or a port of the machine's would stand in the way.
SCALED = ("worker", "booking", "availability")
OWN_SERVICES = ("booking", "availability", "notifications")
# What only one of the two generations of Compose understands.
UNSHARED_KEYS = ("version:", "name:", "include:", "develop:", "container_name:", "start_interval:")
PRODUCTION_DEMANDS = (
    "SLOTY_OWNER_PASSWORD",
    "SLOTY_APP_PASSWORD",
    "SLOTY_SECRET_KEY",
    "SLOTY_PUBLIC_URL",
    "SLOTY_SMTP_URL",
)


@pytest.fixture
def compose_file(checkout: Path) -> Path:
    return checkout / "docker-compose.yml"


@pytest.fixture
def services(compose_file: Path) -> dict[str, str]:
    """The text of each service by its name."""
    text = compose_file.read_text().partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    parts = re.split(r"^  (\w+):\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_part_of_sloty_is_there(services: dict[str, str]) -> None:
    infrastructure = {"postgres", "redis", "mail", "gateway"}
    assert set(services) == infrastructure | {"migrate", "worker", "beat", *SCALED}


def test_every_lasting_service_has_a_health_check(services: dict[str, str]) -> None:
    without = [name for name, text in services.items() if "    healthcheck:" not in text]
    assert without == ["migrate"]


def test_no_service_runs_as_root(services: dict[str, str]) -> None:
    for name, text in services.items():
        own_image = re.search(r"<<: \[\*(booking|availability|notifications)-image", text)
        user = re.search(r'^    user: "?([\w:]+)', text, flags=re.MULTILINE)
        assert own_image or user, name
        assert not user or user[1].partition(":")[0] not in {"0", "root"}, name


def test_every_service_is_locked_down(services: dict[str, str], compose_file: Path) -> None:
    base = compose_file.read_text().partition("x-container:")[2].partition("\n\n")[0]
    for rule in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "init: true"):
        assert rule in base
    for name, text in services.items():
        assert re.search(r"<<: (\*container|\[.*\*sloty\])", text), name


def test_scaled_services_take_no_name_or_port(services: dict[str, str]) -> None:
    for name in SCALED:
        assert "ports:" not in services[name]
        assert "container_name:" not in services[name]


def test_published_ports_are_this_machines_alone(services: dict[str, str]) -> None:
    published = [
        line for text in services.values() for line in text.splitlines() if "ports:" in line
    ]
    assert len(published) == 2
    assert all("127.0.0.1" in line for line in published)


def test_only_the_syntax_both_generations_share(checkout: Path) -> None:
    for path in (checkout / "docker-compose.yml", checkout / "deploy/compose/production.yml"):
        keys = {line.strip().partition(" ")[0] for line in path.read_text().splitlines()}
        assert keys.isdisjoint(UNSHARED_KEYS), path.name


def test_production_demands_every_secret(checkout: Path) -> None:
    text = (checkout / "deploy/compose/production.yml").read_text()
    assert set(re.findall(r"\$\{(\w+):\?", text)) == set(PRODUCTION_DEMANDS)


def test_each_image_has_its_requirement_file(checkout: Path) -> None:
    dockerfile = (checkout / "deploy/Dockerfile").read_text()
    assert "COPY deploy/requirements/${SERVICE}.txt" in dockerfile
    images = re.findall(r"^FROM runtime AS (\w+)$", dockerfile, flags=re.MULTILINE)
    assert tuple(images) == OWN_SERVICES
    for name in images:
        assert "--hash=sha256:" in (checkout / f"deploy/requirements/{name}.txt").read_text()


def test_images_are_built_without_newer_syntax(checkout: Path) -> None:
    dockerfile = (checkout / "deploy/Dockerfile").read_text()
    assert not re.search(r"--mount|--link|<<|^# *syntax", dockerfile, flags=re.MULTILINE)
    assert re.search(r"^USER 10001:10001$", dockerfile, flags=re.MULTILINE)


@pytest.mark.parametrize("overrides", [[], ["deploy/compose/production.yml"]])
def test_compose_accepts_the_files(checkout: Path, overrides: list[str]) -> None:
    files = [part for name in ["docker-compose.yml", *overrides] for part in ("-f", name)]
    answer = _compose(checkout, *files, "config", "--services")
    assert answer.returncode == 0, answer.stderr
    assert {"booking", "availability", "worker", "beat", "gateway"} <= set(answer.stdout.split())


def test_production_names_what_is_missing(checkout: Path) -> None:
    files = ["-f", "docker-compose.yml", "-f", "deploy/compose/production.yml"]
    answer = _compose(checkout, *files, "config", SLOTY_APP_PASSWORD="")
    assert answer.returncode != 0
    assert "SLOTY_APP_PASSWORD" in answer.stderr


def _compose(checkout: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """What docker-compose, or docker compose, says; both read files without any engine."""
    environment = dict.fromkeys(PRODUCTION_DEMANDS, "a value of sixteen characters") | changes
    path = os.environ.get("PATH", os.defpath)
    for command in (["docker-compose"], ["docker", "compose"]):
        if shutil.which(command[0], path=path) is None:
            continue
        answer = subprocess.run(
            [*command, *arguments],
            cwd=checkout,
            env={"PATH": path, "HOME": os.devnull} | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if "unknown" not in answer.stderr:
            return answer
    pytest.skip("neither docker-compose nor docker compose is installed")
