"""A client as the documentation of FastMCP has it."""

import asyncio
import json
import os
import sys
import time
from typing import Any

from fastmcp import Client
from fastmcp.client.messages import MessageHandler
from fastmcp.client.transports import StdioTransport


def tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


class Changes(MessageHandler):
    def __init__(self) -> None:
        super().__init__()
        self.seen = asyncio.Event()

    async def on_tool_list_changed(self, message: Any) -> None:
        self.seen.set()


async def list_tools(client: Client) -> None:
    tell(event="tools", names=[tool.name for tool in await client.list_tools()])


async def main() -> None:
    # By itself the transport keeps its process for the next connection.
    transport = StdioTransport(**json.loads(os.environ["SERVER"]), keep_alive=False)
    changes = Changes()
    before = time.monotonic()
    async with Client(transport, message_handler=changes) as client:
        tell(event="connected", ms=round((time.monotonic() - before) * 1000))
        await list_tools(client)
        result = await client.call_tool("echo", {"text": "hello"})
        tell(event="echo", text=result.content[0].text)
        if os.environ.get("WAIT_FOR_CHANGE"):
            await client.call_tool("grow", {})
            await changes.seen.wait()
            tell(event="list_changed")
            await list_tools(client)
    tell(event="closed")


try:
    asyncio.run(main())
except Exception as error:
    tell(event="error", message=f"{type(error).__name__}: {error}")
    sys.exit(1)
