"""A mail server that takes everything, keeps nothing and is never the slow one.

Run as `python -m sloty_deploy.bench.smtp_sink`, on the inherited socket SLOTY_LISTEN_FD.
"""

import asyncio
import contextlib
import os
import socket

END_OF_MAIL = b"\r\n.\r\n"
LARGEST_MAIL = 1 << 22
ANSWERS = {
    b"EHLO": b"250-localhost\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 Bye\r\n",
}
OTHERWISE = b"250 OK\r\n"


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 localhost\r\n")
    with contextlib.suppress(ConnectionError):
        while line := await reader.readline():
            command = line[:4].upper()
            writer.write(ANSWERS.get(command, OTHERWISE))
            if command == b"DATA":
                await reader.readuntil(END_OF_MAIL)
                writer.write(OTHERWISE)
            if command == b"QUIT":
                break
    writer.close()


async def main() -> None:
    listener = socket.socket(fileno=int(os.environ["SLOTY_LISTEN_FD"]))
    server = await asyncio.start_server(_talk, sock=listener, limit=LARGEST_MAIL)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
