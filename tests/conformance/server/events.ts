import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

/** Tells clients that a list has changed. */
export interface ListChanges {
  /** That of the tools. */
  toolsChanged(): void;
  /** That of the prompts. */
  promptsChanged(): void;
}

/** Registers what says something besides its answer. */
export function registerEvents(server: McpServer, changes: ListChanges): void {
  const inputSchema = z.object({});
  const done = { content: [{ type: "text" as const, text: "done" }] };

  for (const name of ["test_tool_with_logging", "test_logging_tool"]) {
    server.registerTool(name, { description: name, inputSchema }, async (_, { mcpReq }) => {
      for (const step of ["started", "going on", "completed"]) await mcpReq.log("info", step);
      return done;
    });
  }

  server.registerTool(
    "test_tool_with_progress",
    { description: "says how far it is", inputSchema },
    async (_, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      if (progressToken === undefined) return done;
      for (const progress of [0, 50, 100]) {
        const params = { progressToken, progress, total: 100 };
        await mcpReq.notify({ method: "notifications/progress", params });
      }
      return done;
    },
  );

  const triggers: Record<string, () => void> = {
    test_trigger_tool_change: changes.toolsChanged,
    test_trigger_prompt_change: changes.promptsChanged,
  };
  for (const [name, change] of Object.entries(triggers)) {
    server.registerTool(name, { description: name, inputSchema }, () => {
      change();
      return done;
    });
  }
}
