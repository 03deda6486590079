import { type Company, startCompany } from "../support/company.ts";
import { certificateFile } from "../support/https_server.ts";
import type { Message, Program } from "../support/program.ts";
import { confidentialClient } from "../support/provider.ts";

const client = {
  ...confidentialClient("client_secret_basic"),
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
};

/** A company whose program signs in with a credential of its own, so that nobody has to be there. */
export function startMachineCompany(backend: URL): Promise<Company> {
  return startCompany({ provider: { clients: [client], clientCredentials: true }, backend });
}

/** Starts the program with a backend at this address. */
export async function startMachine(
  company: Company,
  { url, args = [], env = {} }: { url: string; args?: string[]; env?: Record<string, string> },
): Promise<Program> {
  return await company.start({
    args: [url, "--ca-cert", certificateFile("authority.pem"), ...args],
    env: {
      OIDC_CLIENT_ID: client.client_id,
      OIDC_CLIENT_SECRET: client.client_secret,
      OIDC_FLOW: "client-credentials",
      ...env,
    },
  });
}

/** Calls the tool that counts. */
export function count(
  program: Program,
  key: string,
  options: { milliseconds?: number; padding?: number; progressToken?: string } = {},
): Promise<Message> {
  const { milliseconds = 0, padding = 0, progressToken } = options;
  return program.request("tools/call", {
    name: "count",
    arguments: { key, milliseconds, padding: "x".repeat(padding) },
    ...progressToken === undefined ? {} : { _meta: { progressToken } },
  });
}

/** Sends `initialize` and gives whatever answers it. */
export function initialize(program: Program): Promise<Message> {
  return program.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
}
