"""`./sloty zones check`: what a change of the rules of time zones does to what is booked."""

from pathlib import Path

from sloty_deploy.owner_database import owner_url
from sloty_deploy.refusal import Refusal
from sloty_deploy.surroundings import OWNER_URL
from sloty_shared.zone_rules import CannotLook, report_moves


def check(data_directory: Path) -> bool:
    """Print what moved, and return whether nothing did. Raises Refusal without a database."""
    with owner_url(data_directory) as url:
        try:
            found = report_moves(url)
        except CannotLook as problem:
            raise Refusal(f"{OWNER_URL}: {problem}") from problem
    print(f"Rules of time zones in PostgreSQL and Python: {found.rules}")
    for moved in found.moved:
        print(
            f"appointment {moved.appointment_id} of tenant {moved.tenant_id}:"
            f" booked for {moved.as_booked}, now {moved.as_read_now}"
        )
    print(f"Future appointments whose wall time moved: {len(found.moved)}")
    if found.untold:
        print(f"Future appointments that keep no wall time to compare with: {found.untold}")
    return not found.moved
