import type { Log } from "../../log.ts";
import { filterTools } from "../message/filter_tools.ts";
import type { Message } from "../message/scan_message.ts";
import { type HeaderParameter, headerParameters } from "./tool_parameters.ts";

/** What is known of the backend's tools, for the header fields of their calls. */
export interface KnownTools {
  /** Learns from a `tools/list` response; gives it without the tools that must not be offered. */
  learn(response: Message): Message;
  /** The parameters of a tool that go into header fields; none when the tool is not known. */
  parametersOf(tool: string): readonly HeaderParameter[];
}

/** Knows no tool yet. */
export function createKnownTools(log: Log): KnownTools {
  const known = new Map<string, readonly HeaderParameter[]>();
  return {
    learn: (response) =>
      filterTools(response, (tool) => {
        const { name, inputSchema } = Object(tool) as { name?: unknown; inputSchema?: unknown };
        if (typeof name !== "string") return true;
        try {
          known.set(name, headerParameters(inputSchema));
          return true;
        } catch (error) {
          known.delete(name);
          const why = (error as Error).message;
          log.warn(`the tool ${name} is left out, its x-mcp-header annotation is invalid: ${why}`);
          return false;
        }
      }),
    parametersOf: (tool) => known.get(tool) ?? [],
  };
}
