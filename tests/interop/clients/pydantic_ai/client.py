"""A client as the documentation of Pydantic AI has it: a toolset, here without an agent around it.

It keeps the list of tools until `notifications/tools/list_changed` comes.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

from fastmcp.client.transports import StdioTransport
from pydantic_ai.mcp import MCPToolset


def tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


async def list_tools(toolset: MCPToolset) -> list[str]:
    names = [tool.name for tool in await toolset.list_tools()]
    tell(event="tools", names=names)
    return names


async def main() -> None:
    limit = os.environ.get("CONNECT_TIMEOUT")
    toolset = MCPToolset(
        StdioTransport(**json.loads(os.environ["SERVER"]), keep_alive=False),
        **({"init_timeout": int(limit) / 1000} if limit else {}),
    )
    before = time.monotonic()
    async with toolset:
        tell(event="connected", ms=round((time.monotonic() - before) * 1000))
        await list_tools(toolset)
        tell(event="echo", text=str(await toolset.direct_call_tool("echo", {"text": "hello"})))
        if os.environ.get("WAIT_FOR_CHANGE"):
            await toolset.direct_call_tool("grow", {})
            # The notification may come after the call's result.
            for _ in range(50):
                if any(name.startswith("grown_") for name in await list_tools(toolset)):
                    break
                await asyncio.sleep(0.1)
    tell(event="closed")


try:
    asyncio.run(main())
except Exception as error:
    tell(event="error", message=f"{type(error).__name__}: {error}")
    sys.exit(1)
