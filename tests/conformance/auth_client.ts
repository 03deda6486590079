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
import { refusedScopeVariable, settingsVariable } from "./settings_variable.ts";

/** What the harness may give as context. */
interface Context {
  client_id?: string;
  client_secret?: string;
  private_key_pem?: string;
  /** The company's provider, our client there, and what a person's sign-in brought. */
  idp_issuer?: string;
  idp_client_id?: string;
  idp_id_token?: string;
  /** The JWTs of a workload: a good one, one for somebody else, and one that has ended. */
  valid_jwt?: string;
  wrong_audience_jwt?: string;
  expired_jwt?: string;
}

const url = Deno.args.at(-1) ?? "";
const scenario = Deno.env.get("MCP_CONFORMANCE_SCENARIO") ?? "";
const version = Deno.env.get("MCP_CONFORMANCE_PROTOCOL_VERSION") ?? "2025-11-25";
const context: Context = JSON.parse(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "{}");
const settings: ProgramSettings = JSON.parse(Deno.env.get(settingsVariable) ?? "{}");

const env: Record<string, string> = { MCP_PROXY_NO_LINGER: "1", ...settings.env };
if (context.idp_id_token) {
  const { issuer } = await advertised();
  Object.assign(env, {
    OIDC_ISSUER_URL: context.idp_issuer,
    OIDC_CLIENT_ID: context.idp_client_id,
    // The person has signed in already, at whatever started the client: the ID token comes of that.
    OIDC_FLOW: "workload",
    OIDC_WORKLOAD_AS: "subject",
    OIDC_ASSERTION_ENV: "COMPANY_ID_TOKEN",
    COMPANY_ID_TOKEN: context.idp_id_token,
    MCP_BACKEND_CLIENT_ID: context.client_id,
    MCP_BACKEND_CLIENT_SECRET: context.client_secret,
    MCP_BACKEND_ISSUER_URL: issuer,
  });
} else if (context.client_id) env.OIDC_CLIENT_ID = context.client_id;
if (context.client_secret && !context.idp_id_token) {
  env.OIDC_CLIENT_SECRET = context.client_secret;
  // Whoever was given a secret knows by whom; the program does not take the backend's word for it.
  const { issuer, resource } = await advertised();
  env.OIDC_ISSUER_URL = issuer;
  env.OIDC_RESOURCE = resource;
}
if (context.private_key_pem) {
  env.OIDC_CLIENT_KEY_FILE = join(settings.home, "key.pem");
  await Deno.writeTextFile(env.OIDC_CLIENT_KEY_FILE, context.private_key_pem);
}
if (scenario.includes("client-credentials")) env.OIDC_FLOW = "client-credentials";
if (scenario.includes("dpop")) env.OIDC_DPOP = "yes";
// A list asks nobody to sign in again, and this scenario has no tool that could be called for it.
if (scenario.includes("server-migration")) env.MCP_PROXY_INSTANT_START = "off";
if (/cimd|offline-access|dpop|iss-|metadata-/.test(scenario)) {
  env.OIDC_CLIENT_METADATA_URL = "https://conformance-test.local/client-metadata.json";
}

if (context.valid_jwt) {
  env.OIDC_FLOW = "workload";
  env.OIDC_ASSERTION_FILE = join(settings.home, "token");
  await Deno.writeTextFile(env.OIDC_ASSERTION_FILE, context.valid_jwt);
}
await callTools(env, settings.home);
if (context.valid_jwt) await presentWorkloadsInVain(context);
Deno.exit(0);

/** What the backend says of its authorization (RFC 9728). */
async function advertised(): Promise<{ issuer: string; resource: string }> {
  const place = new URL(`/.well-known/oauth-protected-resource${new URL(url).pathname}`, url);
  const { authorization_servers: [issuer], resource } = await (await fetch(place)).json();
  return { issuer, resource };
}

/** Lists the tools and calls each through the program. */
async function callTools(env: Record<string, string>, home: string): Promise<void> {
  const client = new Client({ name: "authful-conformance", version: "1.0.0" }, {
    versionNegotiation: { mode: version >= "2026-07-28" ? { pin: version } : "legacy" },
  });
  const command = await programCommand({
    ...settings,
    home,
    env,
    args: [url, ...settings.args ?? []],
  });
  const transport = new StdioClientTransport({ ...command, stderr: "pipe" });
  transport.stderr?.on("data", (chunk: Uint8Array) => Deno.stderr.writeSync(chunk));
  try {
    await client.connect(transport);
    const { tools } = await client.listTools();
    for (const { name } of tools) await client.callTool({ name, arguments: {} });
  } finally {
    await client.close();
  }
}

/**
 * What a workload must not get a token for. A JWT that has ended or is for somebody else is not even
 * presented, which the harness would count; after the refusal of a scope, nothing more is sent.
 */
async function presentWorkloadsInVain(context: Context): Promise<void> {
  const refused = settings.env?.[refusedScopeVariable] ?? "";
  const attempts: [jwt: string, reason: string, scopes: string, times: number][] = [
    [context.expired_jwt!, "assertion_expired", "", 1],
    [context.wrong_audience_jwt!, "assertion_audience", "", 1],
    [context.valid_jwt!, "invalid_scope|unauthorized_client", refused, 1],
    [context.valid_jwt!, "refusal_paused", refused, 2],
  ];
  for (const [at, [jwt, reason, scopes, times]] of attempts.entries()) {
    const home = join(settings.home, scopes === "" ? `in vain ${at}` : "refused");
    await Deno.mkdir(home, { recursive: true });
    await Deno.writeTextFile(join(home, "token"), jwt);
    const more = {
      OIDC_ASSERTION_FILE: join(home, "token"),
      OIDC_SCOPES: scopes,
      // Every request is to tell why there is no token.
      MCP_PROXY_INSTANT_START: "off",
    };
    for (let time = 1; time <= times; time++) {
      const error = await callTools({ ...env, ...more }, home).then(
        () => undefined,
        (error) => error,
      );
      const found = JSON.stringify(error?.data ?? {}) + String(error);
      if (!new RegExp(reason).test(found)) throw new Error(`not ${reason} but ${found}`);
    }
  }
}
