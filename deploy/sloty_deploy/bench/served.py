"""The server of the limits: uvicorn as the product runs it, without the product's own layers."""

import os
import socket
from typing import Any

import uvicorn


def serve(app: Any) -> None:
    """Serve on the inherited socket SLOTY_LISTEN_FD until SIGTERM."""
    listener = socket.socket(fileno=int(os.environ["SLOTY_LISTEN_FD"]))
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])
