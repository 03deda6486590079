"""A client as the documentation of the OpenAI Agents SDK has it.

Its `cache_tools_list` is for servers that never change their tools; without it, each run of an
agent lists anew.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

from agents.mcp import MCPServerStdio


def tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


async def list_tools(server: MCPServerStdio) -> None:
    tell(event="tools", names=[tool.name for tool in await server.list_tools()])


async def main() -> None:
    # The Python SDK 2.x beneath it waits 10 s for `server/discover`, which nobody can set; then its
    # own limit of 5 s counts for `initialize`.
    server = MCPServerStdio(params=json.loads(os.environ["SERVER"]))
    before = time.monotonic()
    async with server:
        tell(event="connected", ms=round((time.monotonic() - before) * 1000))
        await list_tools(server)
        result = await server.call_tool("echo", {"text": "hello"})
        tell(event="echo", text=result.content[0].text)
        if os.environ.get("WAIT_FOR_CHANGE"):
            await server.call_tool("grow", {})
            await list_tools(server)
    tell(event="closed")


try:
    asyncio.run(main())
except Exception as error:
    tell(event="error", message=f"{type(error).__name__}: {error}")
    sys.exit(1)
