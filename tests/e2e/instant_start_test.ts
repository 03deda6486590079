import assert from "node:assert/strict";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
import {
  ElicitRequestSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { type Company, startCompany } from "../support/company.ts";
import { startModernServer } from "../support/modern_server.ts";
import { programCommand } from "../support/program_command.ts";
import {
  type ConnectedSdkClient,
  connectSdkClient,
  type SdkClientOptions,
} from "../support/sdk_client.ts";
import { within } from "../support/within.ts";

/** Graces that a test does not have to wait for. */
const impatient = ["--start-grace", "0.2", "--list-grace", "0.2"];

/** An SDK client at the program, and what it hears of its tools. */
async function connect(
  company: Company,
  { args = [], ...more }: Partial<SdkClientOptions> & { args?: string[] } = {},
): Promise<ConnectedSdkClient & { toolsChanged(): Promise<void> }> {
  let changed = Promise.withResolvers<void>();
  const connected = await connectSdkClient({
    ...company.settings({ args: [company.gateway.url.href, ...impatient, ...args] }),
    ...more,
    prepare(client) {
      more.prepare?.(client);
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => changed.resolve());
    },
  });
  return Object.assign(connected, {
    async toolsChanged() {
      await within(changed.promise, { what: "tools/list_changed" });
      changed = Promise.withResolvers();
    },
  });
}

const names = (tools: readonly { name: string }[]) => tools.map(({ name }) => name);

const textOf = (result: unknown) =>
  (result as { content: { text: string }[] }).content.map(({ text }) => text).join();

/** A company whose sign-ins do not last: the tokens end after a few seconds, and cannot be renewed. */
const forgetful = () => startCompany({ provider: { refreshTokens: "never", accessTokenTtl: 4 } });

/** Signs in once, so that what the backend says is remembered, and waits until that has ended. */
async function rememberAndForget(company: Company): Promise<readonly string[]> {
  let listed: readonly string[];
  {
    const [, connected] = await Promise.all([company.signIn(), connect(company)]);
    await using first = connected;
    listed = names((await first.client.listTools()).tools);
    if (listed.length === 1) {
      await first.toolsChanged();
      listed = names((await first.client.listTools()).tools);
    }
  }
  const { at } = company.provider.requests.findLast(({ endpoint }) => endpoint === "token")!;
  const left = at + 4_000 - Date.now();
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  return listed;
}

Deno.test("first start, and the person takes long: connected, sign_in, then the backend", async (t) => {
  await using company = await startCompany();
  await using connected = await connect(company);
  const { client } = connected;
  assert.match(client.getInstructions() ?? "", /sign-in to .* is pending/);
  let opened: URL;
  await t.step("the list is our tool and nothing else", async () => {
    assert.deepEqual(names((await client.listTools()).tools), ["sign_in"]);
    opened = await company.browser.opened();
    assert.equal(company.browser.count(), 1, "a first start opens the browser at once");
  });
  await t.step("which says what to open, and not the provider's URL", async () => {
    const text = textOf(await client.callTool({ name: "sign_in", arguments: {} }));
    const [url] = /http:\/\/\S+/.exec(text)!;
    assert.equal(url, opened.href);
    assert.ok(!text.includes(company.provider.issuer), text);
  });
  const progress: (string | undefined)[] = [];
  const call = client.callTool({ name: "echo", arguments: { message: "meanwhile" } }, undefined, {
    onprogress: ({ message }) => progress.push(message),
  });
  await client.ping();
  await t.step("a call that waits goes through after the sign-in", async () => {
    assert.equal((await company.person.visit(opened)).status, 200);
    assert.equal(textOf(await call), "Echo: meanwhile");
  });
  await t.step("list_changed arrives, and the tools are the backend's", async () => {
    await connected.toolsChanged();
    await using direct = await connect(company);
    const tools = (await client.listTools()).tools;
    assert.ok(tools.length > 5);
    assert.deepEqual(tools, (await direct.client.listTools()).tools);
  });
  await t.step("one tab, and one session for each start", () => {
    assert.equal(company.gateway.count("initialize"), 2);
    assert.equal(company.browser.count(), 1);
  });
});

Deno.test("a client that shows URLs is asked to, and the address is in no transcript", async () => {
  await using company = await startCompany();
  const shown = Promise.withResolvers<string>();
  await using connected = await connect(company, {
    capabilities: { elicitation: { url: {} } },
    prepare: (client) =>
      client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
        shown.resolve((params as { url: string }).url);
        return { action: "accept" };
      }),
  });
  const { client } = connected;
  const said = textOf(await client.callTool({ name: "sign_in", arguments: {} }));
  const url = await within(shown.promise, { what: "the question to the person" });
  assert.ok(!said.includes("http"), said);
  assert.equal((await company.person.visit(url)).status, 200);
  await connected.toolsChanged();
  assert.ok((await client.listTools()).tools.length > 5);
});

Deno.test("what is remembered is there without a tab, until a call needs the person", async (t) => {
  await using company = await forgetful();
  const listed = await rememberAndForget(company);
  const tabs = company.browser.count();
  await using connected = await connect(company);
  const { client } = connected;
  await t.step("the remembered tools, and no tab", async () => {
    assert.deepEqual(names((await client.listTools()).tools), listed);
    assert.match(client.getServerVersion()?.name ?? "", /everything/);
    assert.equal(company.browser.count(), tabs);
  });
  await t.step("a call opens it, and is done after the sign-in", async () => {
    const call = client.callTool({ name: "echo", arguments: { message: "now" } });
    await company.signIn();
    assert.equal(textOf(await call), "Echo: now");
    await connected.toolsChanged();
  });
});

Deno.test("backend and provider are down at start, and come up in either order", async (t) => {
  for (const first of ["backend", "provider"] as const) {
    await t.step(`${first} first`, async () => {
      await using company = await startCompany();
      const [, before] = await Promise.all([company.signIn(), connect(company)]);
      {
        await using connected = before;
        if ((await connected.client.listTools()).tools.length === 1) {
          await connected.toolsChanged();
          await connected.client.listTools();
        }
      }
      await company.gateway.down();
      await company.provider.down();
      await using connected = await connect(company, { args: ["--retry-window", "1"] });
      const { client } = connected;
      assert.ok((await client.listTools()).tools.length > 5);
      await assert.rejects(client.callTool({ name: "echo", arguments: { message: "?" } }));
      await company[first === "backend" ? "gateway" : "provider"].up();
      await company[first === "backend" ? "provider" : "gateway"].up();
      await connected.toolsChanged();
      const again = await client.callTool({ name: "echo", arguments: { message: "healed" } });
      assert.equal(textOf(again), "Echo: healed");
      assert.equal(company.browser.count(), 1);
    });
  }
});

Deno.test("modern: discovered and listed without the person, and the tools are there behind them", async () => {
  await using server = startModernServer();
  await using company = await startCompany({ backend: server.url });
  const changed = Promise.withResolvers<void>();
  const client = new Client({ name: "authful-test", version: "1" }, {
    capabilities: { elicitation: { form: {} } },
    versionNegotiation: { mode: { pin: "2026-07-28" } },
    listChanged: { tools: { autoRefresh: false, onChanged: () => changed.resolve() } },
  });
  const command = await programCommand(
    company.settings({
      args: [company.gateway.url.href, ...impatient],
      env: { MCP_PROXY_NO_LINGER: "1" },
    }),
  );
  await client.connect(new StdioClientTransport({ ...command, stderr: "ignore" }));
  await using _closed = { [Symbol.asyncDispose]: () => client.close() };
  assert.deepEqual(names((await client.listTools()).tools), ["sign_in"]);
  const said = textOf(await client.callTool({ name: "sign_in", arguments: {} }));
  const opened = await company.browser.opened();
  assert.ok(said.includes(opened.href), said);
  const call = client.callTool({ name: "echo", arguments: { message: "meanwhile" } });
  await company.person.visit(opened);
  assert.equal(textOf(await call), "meanwhile");
  await within(changed.promise, { what: "tools/list_changed" });
  assert.deepEqual(names((await client.listTools()).tools), ["echo", "confirm", "forever"]);
  assert.equal(company.browser.count(), 1);
});
