"""A server of 2026-07-28 only, whose tools want the client to know of tasks (SEP-2663)."""

import asyncio
import os
from datetime import timedelta
from typing import Any

import uvicorn
from fastmcp import Context, FastMCP
from fastmcp.utilities.tasks import TaskConfig
from fastmcp_tasks import TasksExtension
from mcp_types import ElicitRequest, ElicitRequestFormParams, InputRequiredResult

mcp = FastMCP("tasks")
mcp.add_extension(TasksExtension())
as_task = TaskConfig(mode="required", poll_interval=timedelta(milliseconds=200))
runs = 0
forever_is = "not begun"


@mcp.tool(task=as_task)
async def work() -> str:
    global runs
    runs += 1
    await asyncio.sleep(0.5)
    return f"run {runs}"


@mcp.tool(task=as_task)
async def fail() -> str:
    raise ValueError("broken")


@mcp.tool(task=as_task)
async def ask(ctx: Context) -> Any:
    if not ctx.input_responses:
        schema = {"type": "object", "properties": {"name": {"type": "string"}}}
        params = ElicitRequestFormParams(message="Who?", requested_schema=schema)
        return InputRequiredResult(input_requests={"who": ElicitRequest(params=params)})
    return f"answered {ctx.input_responses['who'].content['name']}"


@mcp.tool(task=as_task)
async def forever() -> str:
    global forever_is
    forever_is = "running"
    try:
        await asyncio.sleep(600)
    finally:
        forever_is = "over"
    return "never"


@mcp.tool
def state() -> str:
    return forever_is


app = mcp.http_app()
refusal = (
    b'{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"Unsupported protocol version",'
    b'"data":{"supported":["2026-07-28"]}}}'
)


async def modern_only(scope: Any, receive: Any, send: Any) -> None:
    """Refuses what comes without the header fields of 2026-07-28: FastMCP itself speaks both eras."""
    headers = [name for name, _ in scope.get("headers", [])]
    if scope["type"] != "http" or b"mcp-method" in headers:
        return await app(scope, receive, send)
    content = (b"content-type", b"application/json")
    await send({"type": "http.response.start", "status": 400, "headers": [content]})
    await send({"type": "http.response.body", "body": refusal})


class Server(uvicorn.Server):
    """Says when it listens."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        print("ready", flush=True)


port = int(os.environ["PORT"])
Server(uvicorn.Config(modern_only, host="127.0.0.1", port=port, lifespan="on")).run()
