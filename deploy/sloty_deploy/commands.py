"""The command line of `./sloty`."""

import io
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sloty_deploy.bench.options import FEW, MANY, Options, Part
from sloty_deploy.refusal import Refusal
from sloty_deploy.stop_request import StopRequest

CHECKOUT = Path(__file__).parents[2]
DEFAULT_DATA_DIRECTORY = CHECKOUT / ".sloty"
REFUSED = 1
FOUND = 3

app = typer.Typer(
    help="Sloty: appointment booking for many tenants, run from this folder.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
zones = typer.Typer(help="The rules of time zones.", no_args_is_help=True)
app.add_typer(zones, name="zones")
admin = typer.Typer(help="The platform's own administrators.", no_args_is_help=True)
app.add_typer(admin, name="admin")
audit = typer.Typer(help="Who did what.", no_args_is_help=True)
app.add_typer(audit, name="audit")
notifications = typer.Typer(help="What is sent to whom.", no_args_is_help=True)
app.add_typer(notifications, name="notifications")
DataDir = Annotated[Path, typer.Option("--data-dir", help="Where data, mails and keys are kept.")]


@app.command()
def up(
    data_dir: DataDir = DEFAULT_DATA_DIRECTORY,
    *,
    workers: Annotated[int, typer.Option(min=1, help="Notification worker processes.")] = 1,
    api_processes: Annotated[int, typer.Option(min=1, help="Processes of each API.")] = 1,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Load no demo tenant.")] = False,
) -> None:
    """Run everything in the foreground: PostgreSQL, broker, mailbox, both APIs, worker and beat.

    What is given by URL in the environment (SLOTY_DATABASE_URL with SLOTY_APP_DATABASE_URL,
    SLOTY_BROKER_URL, SLOTY_SMTP_URL) is used instead of the embedded one. Ctrl-C stops it all.
    """
    stop = StopRequest()
    from sloty_deploy.stack import StackOptions
    from sloty_deploy.up import up as run

    run(StackOptions(data_dir, workers, api_processes, demo=not no_demo), stop)


@app.command()
def demo() -> None:
    """Book an appointment and wait for its reminder, on a stack of its own, in two minutes."""
    from sloty_deploy.demo import demo as run

    run()


@app.command()
def bench(
    parts: Annotated[list[Part] | None, typer.Argument(help="All if left out.")] = None,
    *,
    seconds: Annotated[float, typer.Option(min=0.05, help="How long at a time.")] = 1.0,
    rounds: Annotated[int, typer.Option(min=1, help="How often each takes its turn.")] = 5,
    api_processes: Annotated[int, typer.Option(min=1, help="Processes of each API.")] = 1,
    stored: Annotated[
        tuple[int, int], typer.Option(min=1, help="Appointments in the small and large database.")
    ] = (FEW, MANY),
    quick: Annotated[bool, typer.Option("--quick", help="Only the cases that say most.")] = False,
    only_json: Annotated[bool, typer.Option("--json", help="No progress, only the JSON.")] = False,
) -> None:
    """Measure the product beside the limits of this machine, and print JSON with the ratios.

    On a stack of its own in a temporary directory. What is compared takes turns in the same
    minutes, so the ratios hold on a busy machine too; the absolutes hold for this run only.
    """
    from sloty_deploy.bench.run import print_bench, say

    wanted = Options(
        parts=tuple(parts or Part),
        seconds=seconds,
        rounds=rounds,
        api_processes=api_processes,
        stored=stored,
        quick=quick,
    )
    print_bench(wanted if only_json else replace(wanted, say=say))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run the whole test suite, or what the pytest arguments say; --long runs the long forms."""
    os.chdir(CHECKOUT)
    # First, so that the developer's own -n has the last word. Most tests wait more than they work;
    # tests/conftest.py says which files begin.
    workers = str(2 * (os.cpu_count() or 1) + 1)
    parallel = ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", *parallel, *context.args]
    os.execv(command[0], command)  # noqa: S606 - The arguments are the developer's own.


@app.command()
def check() -> None:
    """Check format, lint, types, imports and dependencies, as the test suite does."""
    from sloty_deploy.house import failed_checks

    if failed := failed_checks():
        raise Refusal("These checks failed: " + ", ".join(failed))


@app.command()
def migrate(data_dir: DataDir = DEFAULT_DATA_DIRECTORY) -> None:
    """Bring the database to the present schema: the one given by URL, or the embedded one."""
    from sloty_deploy.migration import migrate as run

    run(data_dir)


@zones.command("check")
def check_zones(data_dir: DataDir = DEFAULT_DATA_DIRECTORY) -> None:
    """List future appointments whose wall time would move under the present rules of zones."""
    from sloty_deploy.zones import check as run

    if not run(data_dir):
        raise typer.Exit(FOUND)


@admin.command("create")
def create_administrator(
    email: Annotated[str, typer.Argument(help="The administrator's e-mail address.")],
    data_dir: DataDir = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Make an administrator of the platform, and print the token that chooses their password."""
    from sloty_deploy.admin import create as run

    run(data_dir, email)


@notifications.command("tail")
def tail_notifications(data_dir: DataDir = DEFAULT_DATA_DIRECTORY) -> None:
    """Show each message as it is owed, sent, skipped or put off, until Ctrl-C."""
    from sloty_deploy.tail import tail as run

    run(data_dir)


@audit.command("verify")
def verify_audit(
    data_dir: DataDir = DEFAULT_DATA_DIRECTORY,
    *,
    tenant: Annotated[str | None, typer.Option(help="Only the chain of this slug.")] = None,
    head: Annotated[
        str | None, typer.Option(help="POSITION:HASH of that chain, as an earlier run printed it.")
    ] = None,
) -> None:
    """Follow each tenant's hash chain: what was changed, deleted, moved or added is named.

    Keep the heads that it prints somewhere else: only beside an earlier head does it show when a
    chain's end was cut off, or all of it made anew.
    """
    from sloty_deploy.audit import verify as run

    run(data_dir, tenant, head)


@app.command()
def lock(
    *,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Take the newest versions.")] = False,
) -> None:
    """Write the requirement files anew from the dependencies in the pyproject.toml files."""
    from sloty_deploy.requirements import lock as run

    run(upgrade=upgrade)


@app.command()
def clients(
    folder: Annotated[Path, typer.Argument(help="Where they go: python/ and typescript/ in it.")],
) -> None:
    """Write typed Python and TypeScript clients of both APIs, made from the APIs' own documents."""
    from sloty_deploy.clients.write import write_clients

    for path in write_clients(folder):
        print(path)


@app.command()
def hooks() -> None:
    """Install git hooks of this checkout: each commit is checked before it is made."""
    from sloty_deploy.hooks import install

    print(f"Installed {install()}")


def main() -> None:
    """Run the command line; what is refused is one line on standard error and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter is no reason to fail.
            stream.reconfigure(errors="replace")
    try:
        app(prog_name="./sloty")
    except Refusal as refusal:
        sys.stderr.write(f"sloty: {refusal}\n")
        sys.exit(REFUSED)
