/**
 * The client that the conformance harness starts for its scenarios about OAuth. All of the OAuth is
 * the program's; this client lists the tools and calls one.
 *
 * @module
 */
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { join } from "node:path";
import { programCommand, type ProgramSettings } from "../support/program_command.ts";
import { settingsVariable } from "./settings_variable.ts";

/** What the harness may give as context. */
interface Context {
  client_id?: string;
  client_secret?: string;
  private_key_pem?: string;
}

const url = Deno.args.at(-1) ?? "";
const scenario = Deno.env.get("MCP_CONFORMANCE_SCENARIO") ?? "";
const version = Deno.env.get("MCP_CONFORMANCE_PROTOCOL_VERSION") ?? "2025-11-25";
const context: Context = JSON.parse(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "{}");
const settings: ProgramSettings = JSON.parse(Deno.env.get(settingsVariable) ?? "{}");

const env: Record<string, string> = { ...settings.env };
if (context.client_id) env.OIDC_CLIENT_ID = context.client_id;
if (context.client_secret) {
  env.OIDC_CLIENT_SECRET = context.client_secret;
  // Whoever was given a secret knows by whom; the program does not take the backend's word for it.
  const place = new URL(`/.well-known/oauth-protected-resource${new URL(url).pathname}`, url);
  const { authorization_servers: [issuer], resource } = await (await fetch(place)).json();
  env.OIDC_ISSUER_URL = issuer;
  env.OIDC_RESOURCE = resource;
}
if (context.private_key_pem) {
  env.OIDC_CLIENT_KEY_FILE = join(settings.home, "key.pem");
  await Deno.writeTextFile(env.OIDC_CLIENT_KEY_FILE, context.private_key_pem);
}
if (scenario.includes("client-credentials")) env.OIDC_FLOW = "client-credentials";
if (scenario.includes("dpop")) env.OIDC_DPOP = "yes";
if (/cimd|offline-access|dpop|iss-|metadata-/.test(scenario)) {
  env.OIDC_CLIENT_METADATA_URL = "https://conformance-test.local/client-metadata.json";
}

const client = new Client({ name: "authful-conformance", version: "1.0.0" }, {
  versionNegotiation: { mode: version >= "2026-07-28" ? { pin: version } : "legacy" },
});
const command = await programCommand({
  ...settings,
  env,
  args: [url, ...settings.args ?? []],
});
const transport = new StdioClientTransport({ ...command, stderr: "pipe" });
transport.stderr?.on("data", (chunk: Uint8Array) => Deno.stderr.writeSync(chunk));
await client.connect(transport);
const { tools } = await client.listTools();
for (const { name } of tools) await client.callTool({ name, arguments: {} });
await client.close();
Deno.exit(0);
