"""`./sloty up`: starts a stack, says where it is, and stops it when asked."""

import asyncio
import contextlib
from collections.abc import Mapping

from sloty_deploy.console import Console
from sloty_deploy.stack import Stack, StackOptions
from sloty_deploy.stop_request import StopRequest
from sloty_deploy.supervisor import Supervisor
from sloty_deploy.surroundings import checked_settings, childrens_environment


def up(options: StackOptions, stop: StopRequest) -> None:
    """Run Sloty in the foreground until it is asked to stop.

    Raises Refusal, with nothing left running, when something outside is not as it must be.
    """
    environment = childrens_environment()
    settings = checked_settings(environment)
    console = Console()
    stack = Stack(
        options,
        environment,
        host=settings.host,
        booking_port=settings.booking_port,
        availability_port=settings.availability_port,
        say=console.say,
    )
    try:
        with stack.data.held() as leftovers:
            for name in leftovers:
                console.say(f"Ended {name}, which an earlier run had left behind")
            asyncio.run(_run(stack, console, stop))
    finally:
        stack.close()
        console.close()


async def _run(stack: Stack, console: Console, stop: StopRequest) -> None:
    stop.attend()

    def remember(processes: Mapping[str, int]) -> None:
        with contextlib.suppress(OSError):  # A full disk is no reason to stop.
            stack.data.remember_processes(processes)

    supervisor = Supervisor(console, remember)
    starting = asyncio.create_task(stack.start(supervisor))
    asked = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            _announce(stack, console)
            stack.data.announce(stack.addresses)
            await asked
    finally:
        starting.cancel()
        stack.data.withdraw()
        await supervisor.stop()
        await asyncio.gather(starting, return_exceptions=True)


def _announce(stack: Stack, console: Console) -> None:
    from sloty_deploy.demo_tenant import EMAIL, PASSWORD

    rows = {
        "Booking API": f"{stack.url('booking')}   documentation at /docs",
        "Availability API": f"{stack.url('availability')}   documentation at /docs",
        "Demo log-in": f"{EMAIL} with the password {PASSWORD}" if stack.options.demo else "none",
        "Mail goes to": stack.mail_address,
        "Data": str(stack.data.path),
    }
    table = "\n".join(f"  {name:<18}{value}" for name, value in rows.items())
    console.say(f"\nSloty is up.\n\n{table}\n\nCtrl-C stops it; the data stays.\n")
