/**
 * The client that the conformance harness starts: the SDK's client over stdio, with the program
 * under test between it and the harness. The harness names the scenario in the environment and
 * gives the URL of its server as the last argument.
 *
 * @module
 */
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { otherEraVariable, settingsVariable } from "./settings_variable.ts";
import { programCommand, type ProgramSettings } from "../support/program_command.ts";

/** What the harness may give as context. */
interface Context {
  toolCalls?: { name: string; arguments: Record<string, unknown> }[];
}

type Act = (client: Client, context: Context) => Promise<void>;

async function callEveryTool(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  for (const { name } of tools) await client.callTool({ name, arguments: {} });
}

/** What the client does in each scenario; where it is not named here, it lists the tools. */
const scenarios: Record<string, Act> = {
  async tools_call(client) {
    await client.listTools();
    await client.callTool({ name: "add_numbers", arguments: { a: 5, b: 3 } });
  },
  "elicitation-sep1034-client-defaults": callEveryTool,
  "sse-retry": callEveryTool,
  "http-invalid-tool-headers": async (client) => {
    const { tools } = await client.listTools();
    for (const { name } of tools) {
      await client.callTool({ name, arguments: { region: "us-west1" } });
    }
  },
  "http-standard-headers": async (client) => {
    await callEveryTool(client);
    const { resources } = await client.listResources();
    for (const { uri } of resources) await client.readResource({ uri });
    const { prompts } = await client.listPrompts();
    for (const { name } of prompts) await client.getPrompt({ name });
  },
  "http-custom-headers": async (client, context) => {
    await client.listTools();
    for (const call of context.toolCalls ?? []) await client.callTool(call);
  },
  "json-schema-2020-12-preservation": async (client) => {
    const { tools } = await client.listTools();
    const schema = tools.find(({ name }) => name !== "json_schema_echo")?.inputSchema;
    await client.callTool({ name: "json_schema_echo", arguments: { schema } });
  },
  "sep-2322-client-request-state": async (client) => {
    const { tools } = await client.listTools();
    // At the same time: what belongs to one call must not turn up in another. One of the results
    // lacks its type, which the scenario wants to be let pass and the SDK does not.
    await Promise.allSettled(tools.map(({ name }) => client.callTool({ name, arguments: {} })));
  },
};

/** The defaults of a form, as a person leaves them. */
function defaultsOf(schema: { properties?: Record<string, unknown> } | undefined) {
  const content: Record<string, string | number | boolean | string[]> = {};
  for (const [name, property] of Object.entries(schema?.properties ?? {})) {
    const { default: value, type } = property as { default?: string; type?: string };
    if (value !== undefined) content[name] = value;
    else if (type === "boolean") content[name] = true;
  }
  return content;
}

const url = Deno.args.at(-1) ?? "";
const scenario = Deno.env.get("MCP_CONFORMANCE_SCENARIO") ?? "";
const version = Deno.env.get("MCP_CONFORMANCE_PROTOCOL_VERSION") ?? "2025-11-25";
const context: Context = JSON.parse(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "{}");
const settings: ProgramSettings = JSON.parse(Deno.env.get(settingsVariable) ?? "{}");
const isModern = (version >= "2026-07-28") !== (Deno.env.get(otherEraVariable) === "1");

const client = new Client({ name: "authful-conformance", version: "1.0.0" }, {
  capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} },
  versionNegotiation: { mode: isModern ? { pin: "2026-07-28" } : "legacy" },
});
client.setRequestHandler("elicitation/create", ({ params }) => ({
  action: "accept",
  content: defaultsOf("requestedSchema" in params ? params.requestedSchema : undefined),
}));
client.setRequestHandler("roots/list", () => ({ roots: [] }));
const command = await programCommand({ ...settings, args: [url, ...settings.args ?? []] });
await client.connect(new StdioClientTransport({ ...command, stderr: "inherit" }));
await (scenarios[scenario] ?? (async () => void await client.listTools()))(client, context);
await client.close();
Deno.exit(0);
