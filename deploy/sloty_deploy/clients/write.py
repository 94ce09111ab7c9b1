"""Writing the clients into a folder."""

from pathlib import Path

from sloty_availability.application import create_availability_api
from sloty_booking.application import create_booking_api
from sloty_deploy.clients.document import Schema
from sloty_deploy.clients.python_client import python_module
from sloty_deploy.clients.typescript_client import typescript_module
from sloty_deploy.surroundings import APP_URL, BROKER_URL, SECRET_KEY, STAND_INS
from sloty_shared.settings import Settings

RUNTIME = Path(__file__).with_name("runtime")
# Each API by the name of its module: its class, and how it is made.
APIS = {
    "booking": ("BookingApi", create_booking_api),
    "availability": ("AvailabilityApi", create_availability_api),
}


def documents() -> dict[str, Schema]:
    """What each API says of itself; nothing is connected to."""
    settings = Settings(
        app_database_url=STAND_INS[APP_URL],
        broker_url=STAND_INS[BROKER_URL],
        secret_key=STAND_INS[SECRET_KEY],
    )
    return {name: create(settings).openapi() for name, (_, create) in APIS.items()}


def write_clients(folder: Path) -> list[Path]:
    """Write `python/sloty_client` and `typescript/src` into the folder; the files."""
    written = {
        folder / "python" / "sloty_client" / "__init__.py": _python_package(),
        folder / "python" / "sloty_client" / "py.typed": "",
        folder / "python" / "sloty_client" / "api.py": _runtime("api.py"),
        folder / "typescript" / "src" / "index.ts": _typescript_index(),
        folder / "typescript" / "src" / "api.ts": _runtime("api.ts"),
    }
    for name, document in documents().items():
        class_name = APIS[name][0]
        python = folder / "python" / "sloty_client" / f"{name}.py"
        written[python] = python_module(document, class_name)
        typescript = folder / "typescript" / "src" / f"{name}.ts"
        written[typescript] = typescript_module(document, class_name)
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(written)


def _runtime(name: str) -> str:
    return (RUNTIME / name).read_text(encoding="utf-8")


def _python_package() -> str:
    classes = [f"from .{name} import {APIS[name][0]}" for name in sorted(APIS)]
    exported = sorted(["File", "Problem", "ProblemError", *(each for each, _ in APIS.values())])
    return "\n".join(
        [
            '"""Typed clients of Sloty\'s APIs: generated, not to be edited."""',
            "",
            "from .api import File, Problem, ProblemError",
            *classes,
            "",
            f"__all__ = {exported}",
            "",
        ]
    )


def _typescript_index() -> str:
    modules = [f'export * as {name} from "./{name}.js";' for name in sorted(APIS)]
    classes = [f'export {{ {APIS[name][0]} }} from "./{name}.js";' for name in sorted(APIS)]
    runtime = 'export { ProblemError, type Problem } from "./api.js";'
    return "\n".join(
        ["// Typed clients of Sloty's APIs: generated.", runtime, *modules, *classes, ""]
    )
