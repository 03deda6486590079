"""A backend written with the official Python SDK 2.x, as its documentation teaches it.

VARIANT is one of: (empty) for sessions, "stateless" (with JSON answers, as its documentation
advises), "json" for sessions with JSON answers, "sse" for HTTP+SSE.
"""

import asyncio
import base64
import os
from typing import Any, Literal

import jwt
import uvicorn
from jwt import PyJWKClient
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
    SamplingMessage,
    TextContent,
)
from pydantic import AnyHttpUrl, BaseModel

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

class JWTVerifier(TokenVerifier):
    """Checks signature, issuer, audience and expiry of a JWT with PyJWT."""

    def __init__(self, *, jwks_uri: str, issuer: str, audience: str) -> None:
        self.keys = PyJWKClient(jwks_uri)
        self.issuer = issuer
        self.audience = audience

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            # PyJWKClient fetches with a blocking call.
            key = await asyncio.to_thread(self.keys.get_signing_key_from_jwt, token)
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256", "ES256"],
                issuer=self.issuer,
                audience=self.audience,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError:
            return None
        return AccessToken(
            token=token,
            client_id=claims.get("client_id") or claims.get("azp") or claims.get("sub", ""),
            scopes=claims.get("scope", "").split(),
            expires_at=claims["exp"],
            resource=self.audience,
        )


variant = os.environ.get("VARIANT", "")

mcp = MCPServer(
    "interop",
    token_verifier=JWTVerifier(
        jwks_uri=os.environ["JWKS_URI"],
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
    ),
    auth=AuthSettings(
        issuer_url=AnyHttpUrl(os.environ["ISSUER"]),
        resource_server_url=AnyHttpUrl(os.environ["AUDIENCE"]),
        validate_token_resource=True,
    ),
)

counters: dict[str, int] = {}
executions = 0
grown = 0


class Sum(BaseModel):
    sum: float


@mcp.tool()
def echo(text: str) -> str:
    return text


@mcp.tool()
def add(a: float, b: float) -> Sum:
    return Sum(sum=a + b)


@mcp.tool()
def image() -> Image:
    return Image(data=PIXEL, format="png")


@mcp.tool()
def fail(message: str) -> str:
    raise ToolError(message)


@mcp.tool(name="throw")
def throw_error(message: str) -> str:
    raise MCPError(code=-32000, message=message)


@mcp.tool()
async def slow(seconds: float, steps: int, ctx: Context) -> str:
    global executions
    executions += 1
    execution = executions
    for step in range(steps):
        await asyncio.sleep(seconds / steps)
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
    return f"done {execution}"


@mcp.tool()
async def log(
    level: Literal["debug", "info", "warning", "error"],
    text: str,
    ctx: Context,
) -> str:
    await ctx.log(level, text)
    return "logged"


@mcp.tool()
async def sample(prompt: str, ctx: Context) -> str:
    result = await ctx.session.create_message(
        messages=[SamplingMessage(role="user", content=TextContent(type="text", text=prompt))],
        max_tokens=100,
    )
    return result.content.text if isinstance(result.content, TextContent) else ""


class Answer(BaseModel):
    answer: str


@mcp.tool()
async def elicit(message: str, ctx: Context) -> str:
    result = await ctx.elicit(message, schema=Answer)
    if result.action == "accept":
        return f"accept {result.data.answer}"
    return result.action


@mcp.tool()
async def roots(ctx: Context) -> str:
    return " ".join(str(root.uri) for root in (await ctx.session.list_roots()).roots)


@mcp.tool()
def big(bytes: int) -> str:
    return "x" * bytes


@mcp.tool()
def length(text: str) -> int:
    return len(text)


@mcp.tool()
def count(key: str, add: int) -> int:
    counters[key] = counters.get(key, 0) + add
    return counters[key]


@mcp.tool()
async def grow(ctx: Context) -> str:
    global grown
    grown += 1
    name = f"grown_{grown}"

    def grown_tool() -> str:
        return name

    mcp.add_tool(grown_tool, name=name)
    await ctx.session.send_tool_list_changed()
    await ctx.notify_tools_changed()
    return name


@mcp.tool()
async def touch(ctx: Context) -> str:
    await ctx.session.send_resource_updated("test://watched")
    await ctx.notify_resource_updated("test://watched")
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


@mcp.prompt()
def greet(name: str) -> str:
    return f"Hello {name}"


@mcp.completion()
async def complete(
    reference: PromptReference | ResourceTemplateReference,
    argument: CompletionArgument,
    context: CompletionContext | None,
) -> Completion | None:
    if isinstance(reference, PromptReference) and argument.name == "name":
        names = ["Ada", "Alan", "Grace"]
        return Completion(values=[name for name in names if name.startswith(argument.value)])
    return None


class Server(uvicorn.Server):
    """Says when it listens, since uvicorn's own line has no word that all backends share."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        print("ready", flush=True)


# What `mcp.run(transport="streamable-http")` and `mcp.run(transport="sse")` do.
if variant == "sse":
    app = mcp.sse_app()
else:
    app = mcp.streamable_http_app(
        stateless_http=variant == "stateless",
        json_response=variant in ("json", "stateless"),
    )
Server(uvicorn.Config(app, host="127.0.0.1", port=int(os.environ["PORT"]))).run()
