"""A client as the README of the official Python SDK 1.x has it."""

import asyncio
import json
import os
import sys
import time
from typing import Any

from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client


def tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


async def list_tools(session: ClientSession) -> None:
    tools = (await session.list_tools()).tools
    tell(event="tools", names=[tool.name for tool in tools])


async def main() -> None:
    server = StdioServerParameters(**json.loads(os.environ["SERVER"]))
    changed = asyncio.Event()

    async def handle(message: Any) -> None:
        if isinstance(message, types.ServerNotification) and isinstance(
            message.root, types.ToolListChangedNotification
        ):
            changed.set()

    before = time.monotonic()
    async with (
        stdio_client(server) as (read, write),
        ClientSession(read, write, message_handler=handle) as session,
    ):
        await session.initialize()
        tell(event="connected", ms=round((time.monotonic() - before) * 1000))
        await list_tools(session)
        result = await session.call_tool("echo", {"text": "hello"})
        tell(event="echo", text=result.content[0].text)
        if os.environ.get("WAIT_FOR_CHANGE"):
            await session.call_tool("grow", {})
            await changed.wait()
            tell(event="list_changed")
            await list_tools(session)
    tell(event="closed")


try:
    asyncio.run(main())
except Exception as error:
    tell(event="error", message=f"{type(error).__name__}: {error}")
    sys.exit(1)
