import { type Connection, textOf } from "../connection.ts";
import type { Step, StepOutcome } from "./step.ts";

/** Takes a step with the connection of a direct client, as the programs of the clients do. */
export async function stepDirectly(connection: Connection, step: Step): Promise<StepOutcome> {
  try {
    return await take(connection, step);
  } catch (error) {
    const { message, code } = error as Error & { code?: number };
    return { error: { message, ...typeof code === "number" && { code } } };
  }
}

async function take(connection: Connection, step: Step): Promise<StepOutcome> {
  const list = async (method: string, { of, by }: { of: string; by: string }) => {
    const result = await connection.request(method);
    return { names: (result[of] as Record<string, string>[]).map((one) => one[by]!) };
  };
  switch (step.do) {
    case "call":
      return await call(connection, step);
    case "tools":
      return { names: await connection.listTools() };
    case "resources":
      return await list("resources/list", { of: "resources", by: "uri" });
    case "templates":
      return await list("resources/templates/list", { of: "resourceTemplates", by: "uriTemplate" });
    case "prompts":
      return await list("prompts/list", { of: "prompts", by: "name" });
    case "read": {
      const { contents } = await connection.request("resources/read", { uri: step.uri });
      return { text: (contents as { text?: string }[]).map(({ text = "" }) => text).join("") };
    }
    case "prompt": {
      const params = { name: step.name, arguments: step.args };
      const { messages } = await connection.request("prompts/get", params);
      const texts = messages as { content: { text?: string } }[];
      return { text: texts.map(({ content: { text = "" } }) => text).join("") };
    }
    case "complete": {
      const { completion } = await connection.request("completion/complete", {
        ref: { type: "ref/prompt", name: step.prompt },
        argument: { name: step.argument, value: step.value },
      });
      return { names: (completion as { values: string[] }).values };
    }
    case "level":
      if (connection.capabilities.logging) {
        await connection.request("logging/setLevel", { level: step.level });
      }
      return {};
    case "subscribe":
      await connection.subscribe(step.uri);
      return {};
    case "watch tools":
      return {};
    case "hear":
      await connection.notified(step.method);
      return {};
  }
}

async function call(
  connection: Connection,
  { name, args, cancel }: Step & { do: "call" },
): Promise<StepOutcome> {
  const stop = new AbortController();
  let progress = 0;
  try {
    const result = await connection.callTool(name, args, {
      signal: stop.signal,
      onProgress() {
        progress++;
        if (cancel) stop.abort();
      },
    });
    const { structuredContent: structured, isError = false } = result;
    return { text: textOf(result), structured, isError, progress };
  } catch (error) {
    if (stop.signal.aborted) return { cancelled: true, progress };
    throw error;
  }
}
