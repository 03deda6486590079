import type { Era } from "../connection.ts";

/** What every request says since 2026, besides its own parameters. */
const envelope = {
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "interop", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  },
};

/** The parameters of a request that no SDK makes. */
export function bareParameters(
  era: Era,
  parameters: Record<string, unknown> = {},
): Record<string, unknown> {
  return era === "2025" ? parameters : { ...parameters, ...envelope };
}
