"""A client as the documentation of langchain-mcp-adapters has it.

It has no hook for notifications: a session that its caller keeps lists anew at each loading.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools


def tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


async def main() -> None:
    server = {"transport": "stdio", **json.loads(os.environ["SERVER"])}
    client = MultiServerMCPClient({"interop": server})
    before = time.monotonic()
    async with client.session("interop") as session:
        tell(event="connected", ms=round((time.monotonic() - before) * 1000))
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}
        tell(event="tools", names=list(tools))
        content = await tools["echo"].ainvoke({"text": "hello"})
        tell(event="echo", text=content[0]["text"])
        if os.environ.get("WAIT_FOR_CHANGE"):
            await tools["grow"].ainvoke({})
            tell(event="tools", names=[tool.name for tool in await load_mcp_tools(session)])
    tell(event="closed")


try:
    asyncio.run(main())
except Exception as error:
    tell(event="error", message=f"{type(error).__name__}: {error}")
    sys.exit(1)
