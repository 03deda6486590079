import { excerpt } from "../../base/excerpt.ts";
import type { Log } from "../../base/log.ts";
import { filterTools } from "../jsonrpc/filter_tools.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
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
    learn(response) {
      const leftOut: string[] = [];
      const offered = filterTools(response, (tool) => {
        const { name, inputSchema } = Object(tool) as { name?: unknown; inputSchema?: unknown };
        if (typeof name !== "string") return true;
        try {
          known.set(name, headerParameters(inputSchema));
          return true;
        } catch (error) {
          known.delete(name);
          leftOut.push(`${quoted(name)} (${quoted((error as Error).message)})`);
          return false;
        }
      });
      if (leftOut.length > 0) log.warn(leftOutWarning(leftOut));
      return offered;
    },
    parametersOf: (tool) => known.get(tool) ?? [],
  };
}

/** Not more than so many tools are named in a warning, however many a list has. */
const maxNamed = 5;

const quoted = (text: string) => excerpt(text, { max: 100 });

function leftOutWarning(tools: readonly string[]): string {
  const others = tools.length > maxNamed ? ` and ${tools.length - maxNamed} others` : "";
  const which = tools.slice(0, maxNamed).join(", ");
  return `tools with an invalid x-mcp-header annotation are left out: ${which}${others}`;
}
