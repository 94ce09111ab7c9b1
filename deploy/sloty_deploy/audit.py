"""`./sloty audit verify`: whether the audit's chains are as the services left them."""

from pathlib import Path

from sloty_deploy.owner_database import owner_url
from sloty_deploy.refusal import Refusal
from sloty_shared.audit_verify import CannotVerify, Head, Verdict, verify_chains


def verify(data_directory: Path, tenant: str | None, head: str | None) -> None:
    """Print a verdict on each chain.

    Raises Refusal when one is broken, without a database, for an unknown tenant, and for a
    malformed head.
    """
    kept = _parse(head, tenant)
    broken = []
    with owner_url(data_directory) as url:
        try:
            for verdict in verify_chains(url, tenant, kept):
                _print(verdict)
                if verdict.faults:
                    broken.append(verdict.tenant)
        except CannotVerify as problem:
            raise Refusal(str(problem)) from problem
    if broken:
        raise Refusal("The audit was tampered with: " + ", ".join(broken))


def _parse(head: str | None, tenant: str | None) -> Head | None:
    if head is None:
        return None
    if tenant is None:
        raise Refusal("--head is that of one chain: name its --tenant too")
    try:
        return Head.parse(head)
    except ValueError:
        raise Refusal("--head is POSITION:HASH as an earlier run printed it") from None


def _print(verdict: Verdict) -> None:
    state = "intact" if not verdict.faults else "BROKEN"
    print(
        f"{verdict.tenant}: {state}, {verdict.sealed} sealed ({verdict.forgotten} of them erased),"
        f" {verdict.waiting} not sealed yet, head {verdict.head}"
    )
    for fault in verdict.faults:
        print(f"{verdict.tenant}: {fault}")
    if verdict.unnamed_faults:
        print(f"{verdict.tenant}: and {verdict.unnamed_faults} more")
