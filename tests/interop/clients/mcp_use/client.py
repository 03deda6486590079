"""A client as the documentation of mcp-use has it."""

import asyncio
import json
import os
import sys
import time
from typing import Any

from mcp_use import MCPClient


def tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


async def main() -> None:
    client = MCPClient({"mcpServers": {"interop": json.loads(os.environ["SERVER"])}})
    before = time.monotonic()
    try:
        session = await client.create_session("interop")
        tell(event="connected", ms=round((time.monotonic() - before) * 1000))
        tell(event="tools", names=[tool.name for tool in await session.list_tools()])
        result = await session.call_tool("echo", {"text": "hello"})
        tell(event="echo", text=result.content[0].text)
        if os.environ.get("WAIT_FOR_CHANGE"):
            await session.call_tool("grow", {})
            tell(event="tools", names=[tool.name for tool in await session.list_tools()])
    finally:
        await client.close_all_sessions()
    tell(event="closed")


try:
    asyncio.run(main())
except Exception as error:
    tell(event="error", message=f"{type(error).__name__}: {error}")
    sys.exit(1)
