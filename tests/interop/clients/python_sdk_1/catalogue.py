"""Goes through the steps that the harness names, with the Python SDK 1.x."""

import asyncio
import json
import os
import sys
from datetime import timedelta
from typing import Any

from mcp import ClientSession, McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client

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
    if isinstance(message, types.ServerNotification):
        heard.add(message.root.method)
        news.set()


async def hear(method: str) -> None:
    async with asyncio.timeout(5):
        while method not in heard:
            news.clear()
            await news.wait()


async def call(session: ClientSession, step: dict[str, Any]) -> dict[str, Any]:
    progress = 0
    begun = asyncio.Event()

    async def on_progress(done: float, total: float | None, message: str | None) -> None:
        nonlocal progress
        progress += 1
        begun.set()

    # The first request of a session has the id 0.
    request_id = session._request_id
    calling = asyncio.create_task(
        session.call_tool(
            step["name"],
            step["args"],
            read_timeout_seconds=timedelta(seconds=15),
            progress_callback=on_progress,
        )
    )
    if step.get("cancel"):
        # This version of the SDK has no call that can be cancelled: it says so itself.
        await begun.wait()
        params = types.CancelledNotificationParams(requestId=request_id, reason="enough")
        await session.send_notification(
            types.ClientNotification(
                types.CancelledNotification(method="notifications/cancelled", params=params)
            )
        )
        calling.cancel()
        await asyncio.wait([calling])
        return {"cancelled": True, "progress": progress}
    result = await calling
    return {
        "text": text_of(result.content),
        "structured": result.structuredContent,
        "isError": bool(result.isError),
        "progress": progress,
    }


async def take(session: ClientSession, step: dict[str, Any]) -> dict[str, Any]:
    match step["do"]:
        case "call":
            return await call(session, step)
        case "tools":
            return {"names": [tool.name for tool in (await session.list_tools()).tools]}
        case "resources":
            return {"names": [str(one.uri) for one in (await session.list_resources()).resources]}
        case "templates":
            listed = await session.list_resource_templates()
            return {"names": [one.uriTemplate for one in listed.resourceTemplates]}
        case "prompts":
            return {"names": [one.name for one in (await session.list_prompts()).prompts]}
        case "read":
            return {"text": text_of((await session.read_resource(step["uri"])).contents)}
        case "prompt":
            prompt = await session.get_prompt(step["name"], step["args"])
            return {"text": text_of(message.content for message in prompt.messages)}
        case "complete":
            completed = await session.complete(
                types.PromptReference(type="ref/prompt", name=step["prompt"]),
                {"name": step["argument"], "value": step["value"]},
            )
            return {"names": completed.completion.values}
        case "level":
            if session.get_server_capabilities().logging:
                await session.set_logging_level(step["level"])
        case "subscribe":
            await session.subscribe_resource(step["uri"])
        case "hear":
            await hear(step["method"])
    return {}


async def main() -> None:
    server = StdioServerParameters(**json.loads(os.environ["SERVER"]))
    async with (
        stdio_client(server) as (read, write),
        ClientSession(
            read,
            write,
            message_handler=handle,
            sampling_callback=sample,
            elicitation_callback=elicit,
            list_roots_callback=list_roots,
        ) as session,
    ):
        await session.initialize()
        for at, step in enumerate(json.loads(os.environ["STEPS"])):
            try:
                outcome = await take(session, step)
            except McpError as error:
                outcome = {"error": {"message": error.error.message, "code": error.error.code}}
            except Exception as error:
                outcome = {"error": {"message": f"{type(error).__name__}: {error}"}}
            tell(event="step", at=at, outcome=outcome)
    tell(event="closed")


try:
    asyncio.run(main())
except BaseException as error:
    tell(event="error", message=f"{type(error).__name__}: {error}")
    sys.exit(1)
