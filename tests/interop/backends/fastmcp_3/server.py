"""A backend written with FastMCP 3, as its documentation teaches it.

VARIANT is one of: (empty) for sessions, "stateless", "json", "sse" for HTTP+SSE.
"""

import asyncio
import base64
import os
from typing import Any, Literal

import uvicorn
from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.tools import Tool
from fastmcp.utilities.types import Image
from mcp.shared.exceptions import McpError
from mcp.types import ErrorData, ToolListChangedNotification
from pydantic import AnyUrl, BaseModel

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

mcp = FastMCP(
    "interop",
    auth=JWTVerifier(
        jwks_uri=os.environ["JWKS_URI"],
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
    ),
)

counters: dict[str, int] = {}
executions = 0
grown = 0


class Sum(BaseModel):
    sum: float


@mcp.tool
def echo(text: str) -> str:
    return text


@mcp.tool
def add(a: float, b: float) -> Sum:
    return Sum(sum=a + b)


@mcp.tool
def image() -> Image:
    return Image(data=PIXEL, format="png")


@mcp.tool
def fail(message: str) -> str:
    raise ToolError(message)


@mcp.tool(name="throw")
def throw_error(message: str) -> str:
    raise McpError(ErrorData(code=-32000, message=message))


@mcp.tool
async def slow(seconds: float, steps: int, ctx: Context) -> str:
    global executions
    executions += 1
    execution = executions
    for step in range(steps):
        await asyncio.sleep(seconds / steps)
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
    return f"done {execution}"


@mcp.tool
async def log(
    level: Literal[
        "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"
    ],
    text: str,
    ctx: Context,
) -> str:
    await ctx.log(text, level=level)
    return "logged"


@mcp.tool
async def sample(prompt: str, ctx: Context) -> str:
    result = await ctx.sample(prompt, max_tokens=100)
    return result.text or ""


class Answer(BaseModel):
    answer: str


@mcp.tool
async def elicit(message: str, ctx: Context) -> str:
    result = await ctx.elicit(message, response_type=Answer)
    if result.action == "accept":
        return f"accept {result.data.answer}"
    return result.action


@mcp.tool
async def roots(ctx: Context) -> str:
    return " ".join(str(root.uri) for root in await ctx.list_roots())


@mcp.tool
def big(bytes: int) -> str:
    return "x" * bytes


@mcp.tool
def length(text: str) -> int:
    return len(text)


@mcp.tool
def count(key: str, add: int) -> int:
    counters[key] = counters.get(key, 0) + add
    return counters[key]


@mcp.tool
async def grow(ctx: Context) -> str:
    global grown
    grown += 1
    name = f"grown_{grown}"

    def grown_tool() -> str:
        return name

    mcp.add_tool(Tool.from_function(grown_tool, name=name))
    await ctx.send_notification(ToolListChangedNotification())
    return name


@mcp.tool
async def touch(ctx: Context) -> str:
    await ctx.session.send_resource_updated(AnyUrl("test://watched"))
    return "touched"


@mcp.resource("test://static", mime_type="text/plain")
def static_text() -> str:
    return "static text"


@mcp.resource("test://watched", mime_type="text/plain")
def watched() -> str:
    return "watched"


@mcp.resource("test://items/{id}", mime_type="text/plain")
def item(id: str) -> str:
    return f"item {id}"


@mcp.prompt
def greet(name: str) -> str:
    return f"Hello {name}"


class Server(uvicorn.Server):
    """Says when it listens, since uvicorn's own line has no word that all backends share."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        print("ready", flush=True)


variant = os.environ.get("VARIANT", "")
if variant == "sse":
    app = mcp.http_app(transport="sse")
elif variant == "stateless":
    app = mcp.http_app(stateless_http=True)
elif variant == "json":
    app = mcp.http_app(json_response=True)
else:
    app = mcp.http_app()

# The options that `mcp.run(transport="http")` gives to uvicorn.
Server(
    uvicorn.Config(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        timeout_graceful_shutdown=0,
        lifespan="on",
        ws="websockets-sansio",
    )
).run()
