"""A client as the documentation of the official Python SDK 2.x has it.

It finds out by itself whether the server is of the protocol of 2026.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import mcp_types as types
from mcp import Client, StdioServerParameters


def tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


async def list_tools(client: Client) -> None:
    tools = (await client.list_tools()).tools
    tell(event="tools", names=[tool.name for tool in tools])


async def main() -> None:
    server = StdioServerParameters(**json.loads(os.environ["SERVER"]))
    changed = asyncio.Event()

    async def handle(message: Any) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            changed.set()

    before = time.monotonic()
    async with Client(server, message_handler=handle) as client:
        tell(event="connected", ms=round((time.monotonic() - before) * 1000))
        await list_tools(client)
        result = await client.call_tool("echo", {"text": "hello"})
        tell(event="echo", text=result.content[0].text)
        if os.environ.get("WAIT_FOR_CHANGE"):
            await client.call_tool("grow", {})
            await changed.wait()
            tell(event="list_changed")
            await list_tools(client)
    tell(event="closed")


try:
    asyncio.run(main())
except Exception as error:
    tell(event="error", message=f"{type(error).__name__}: {error}")
    sys.exit(1)
