"""``python -m service.api``: the API process. One worker; more replicas are more processes on the same database."""

from __future__ import annotations

import socket

import uvicorn

from service.api.waiting import Closing
from service.app import create_app
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
    """Serve until SIGTERM or SIGINT."""
    settings = settings_or_exit()
    app = create_app(settings)
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
