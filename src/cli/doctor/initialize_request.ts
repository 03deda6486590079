import { programName, version } from "../../base/version.ts";

/** The first message of a client of the legacy era. */
export const initializeRequest = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: `${programName} doctor`, version },
  },
} as const;
