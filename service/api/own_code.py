"""Routes that name components or experiments know users' own as their files are now."""

from __future__ import annotations

import asyncio

from fastapi import Depends, Request


async def plugins_registered(request: Request) -> None:
    """Let users' own experiments and components be known as their files are now; a new description takes seconds.

    Whoever waits holds no thread, so that other requests are answered meanwhile.
    """
    async with request.app.state.following:
        await asyncio.to_thread(request.app.state.plugins.follow)


PLUGINS_REGISTERED = Depends(plugins_registered)
