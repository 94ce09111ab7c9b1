"""The catch-all mailbox as a process: takes any mail over SMTP, keeps it, shows it over HTTP.

Run as: python -m sloty_deploy.mailbox FOLDER SMTP_DESCRIPTOR HTTP_DESCRIPTOR
Both descriptors are listening sockets of the parent, so that a restart refuses no connection.
"""

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from sloty_deploy.mail_store import MailStore
from sloty_deploy.mailbox_pages import mailbox_pages

LARGEST_MAIL_BYTES = 32 * 2**20


class CatchAll:
    """Takes every mail for everybody."""

    def __init__(self, mails: MailStore) -> None:
        self._mails = mails

    async def handle_DATA(  # noqa: N802 - The server looks the method up by this name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        mail_id = self._mails.add(envelope.mail_from or "", envelope.rcpt_tos, content)
        return f"250 Kept as {mail_id}"


async def serve(mails: MailStore, smtp: socket.socket, pages: socket.socket) -> None:
    """Serve mail and pages until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            CatchAll(mails),
            loop=loop,
            hostname="localhost",
            ident="Sloty mailbox",
            data_size_limit=LARGEST_MAIL_BYTES,
            enable_SMTPUTF8=True,
        )

    await loop.create_server(session, sock=smtp)
    configuration = uvicorn.Config(
        mailbox_pages(mails), log_level="warning", access_log=False, lifespan="off"
    )
    await uvicorn.Server(configuration).serve(sockets=[pages])


def main() -> None:
    folder, smtp_descriptor, http_descriptor = sys.argv[1:]
    smtp = socket.socket(fileno=int(smtp_descriptor))
    pages = socket.socket(fileno=int(http_descriptor))
    asyncio.run(serve(MailStore(Path(folder)), smtp, pages))


if __name__ == "__main__":
    main()
