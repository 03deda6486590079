import { programName } from "../../base/version.ts";
import { commands } from "../commands/registry.ts";
import { layOutItems, wrapWords } from "./help_layout.ts";

/** What a person sees who starts the program without anything: how to begin, and where to read on. */
export function shortHelp(width: number): string {
  const begin = [
    [`${programName} setup`, "set up a client for a server, step by step"],
    [`${programName} NAME or URL`, "what the client starts: the bridge to that server"],
  ] as const;
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    wrapWords(
      "Local stdio MCP server that signs you in at your OpenID Provider and bridges to a remote MCP server.",
      width,
    ),
    "",
    ...layOutItems(begin, width),
    "",
    "Commands:",
    ...layOutItems(rows, width),
    "",
    wrapWords(
      `All settings: ${programName} --help. One command: ${programName} help COMMAND.`,
      width,
    ),
  ].join("\n");
}
