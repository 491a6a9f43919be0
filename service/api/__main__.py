"""``python -m service.api``: the API process. One worker; more replicas are more processes on the same database."""

from __future__ import annotations

import socket
import sys

import uvicorn

from service.api.app import create_app
from service.api.waiting import Closing
from service.environment import forget_settings
from service.errors import Invalid
from service.settings import settings_or_exit


class Server(uvicorn.Server):
    """Ends event streams and waiting answers first, so that a stop does not wait for them."""

    def __init__(self, config: uvicorn.Config, closing: Closing) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, and let what is being answered end."""
        self._closing.close()
        await super().shutdown(sockets)


def main() -> None:
    """Serve until SIGTERM or SIGINT; it ends with 2 when it is not safe to begin."""
    settings = settings_or_exit()
    try:
        app = create_app(settings)
    except Invalid as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    forget_settings()  # users' modules are described in a process that is started from here
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=int(settings.stop_grace) or 1,
        server_header=False,
    )
    Server(config, app.state.closing).run()


if __name__ == "__main__":
    main()
