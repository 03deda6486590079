"""Goes through the steps that the harness names, with the Python SDK 2.x, as a client of ERA."""

import asyncio
import contextlib
import json
import os
import sys
from typing import Any

import anyio
import mcp_types as types
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

is_modern = os.environ["ERA"] == "2026"
heard: set[str] = set()
news = asyncio.Event()


def tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


def text_of(parts: Any) -> str:
    return "".join(getattr(part, "text", "") for part in parts)


async def sample(context: Any, params: Any) -> types.CreateMessageResult:
    content = params.messages[0].content
    text = content[0].text if isinstance(content, list) else content.text
    return types.CreateMessageResult(
        role="assistant",
        model="interop",
        content=types.TextContent(type="text", text=f"sampled: {text}"),
    )


async def elicit(context: Any, params: Any) -> types.ElicitResult:
    return types.ElicitResult(action="accept", content={"answer": "elicited"})


async def list_roots(context: Any) -> types.ListRootsResult:
    return types.ListRootsResult(roots=[types.Root(uri="file:///first", name="first")])


async def handle(message: Any) -> None:
    if isinstance(message, types.Notification):
        heard.add(message.method)
        news.set()


async def hear(method: str) -> None:
    async with asyncio.timeout(5):
        while method not in heard:
            news.clear()
            await news.wait()


async def call(client: Client, step: dict[str, Any]) -> dict[str, Any]:
    progress = 0
    with anyio.CancelScope() as scope:

        async def on_progress(done: float, total: float | None, message: str | None) -> None:
            nonlocal progress
            progress += 1
            if step.get("cancel"):
                scope.cancel()

        result = await client.call_tool(
            step["name"], step["args"], read_timeout_seconds=15, progress_callback=on_progress
        )
    if scope.cancelled_caught:
        return {"cancelled": True, "progress": progress}
    return {
        "text": text_of(result.content),
        "structured": result.structured_content,
        "isError": bool(result.is_error),
        "progress": progress,
    }


async def take(
    client: Client, step: dict[str, Any], stack: contextlib.AsyncExitStack
) -> dict[str, Any]:
    match step["do"]:
        case "call":
            return await call(client, step)
        case "tools":
            return {"names": [tool.name for tool in (await client.list_tools()).tools]}
        case "resources":
            return {"names": [str(one.uri) for one in (await client.list_resources()).resources]}
        case "templates":
            listed = await client.list_resource_templates()
            return {"names": [one.uri_template for one in listed.resource_templates]}
        case "prompts":
            return {"names": [one.name for one in (await client.list_prompts()).prompts]}
        case "read":
            return {"text": text_of((await client.read_resource(step["uri"])).contents)}
        case "prompt":
            prompt = await client.get_prompt(step["name"], step["args"])
            return {"text": text_of(message.content for message in prompt.messages)}
        case "complete":
            completed = await client.complete(
                types.PromptReference(type="ref/prompt", name=step["prompt"]),
                {"name": step["argument"], "value": step["value"]},
            )
            return {"names": completed.completion.values}
        case "level":
            if not is_modern and client.server_capabilities.logging:
                await client.set_logging_level(step["level"])
        case "subscribe":
            if is_modern:
                await stack.enter_async_context(
                    client.listen(resource_subscriptions=[step["uri"]])
                )
            else:
                await client.subscribe_resource(step["uri"])
        case "watch tools":
            if is_modern:
                await stack.enter_async_context(client.listen(tools_list_changed=True))
        case "hear":
            await hear(step["method"])
    return {}


async def main() -> None:
    server = StdioServerParameters(**json.loads(os.environ["SERVER"]))
    async with (
        Client(
            server,
            mode="auto" if is_modern else "legacy",
            message_handler=handle,
            sampling_callback=sample,
            elicitation_callback=elicit,
            list_roots_callback=list_roots,
            log_level="info",
        ) as client,
        contextlib.AsyncExitStack() as stack,
    ):
        if is_modern and client.protocol_version < "2026":
            raise RuntimeError(f"it speaks {client.protocol_version}")
        for at, step in enumerate(json.loads(os.environ["STEPS"])):
            try:
                outcome = await take(client, step, stack)
            except MCPError as error:
                outcome = {"error": {"message": error.message, "code": error.code}}
            except Exception as error:
                outcome = {"error": {"message": f"{type(error).__name__}: {error}"}}
            tell(event="step", at=at, outcome=outcome)
    tell(event="closed")


try:
    asyncio.run(main())
except BaseException as error:
    tell(event="error", message=f"{type(error).__name__}: {error}")
    sys.exit(1)
