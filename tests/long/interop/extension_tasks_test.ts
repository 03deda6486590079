/**
 * A client of the legacy era at a server whose tools are tasks by the extension of 2026-07-28. In
 * November 2026 `fastmcp-tasks` serves that.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { bridgeTransport } from "../../bridge/translation/connect_in_process.ts";
import { installCounterpart, installPythonPackages } from "../../interop/installation.ts";
import { startProcess } from "../../interop/running_process.ts";
import { reasonOf } from "../../interop/probe_outcome.ts";
import { findToolchain } from "../../interop/toolchains.ts";
import { freePort } from "../../support/free_port.ts";
import { fromFileUrl } from "../../support/paths.ts";
import { until } from "../../support/until.ts";

const files = [new URL("requirements.txt", import.meta.url)];

const { signal } = new AbortController();

/** Where the server is installed; nothing where that cannot be, which is said. */
async function install(): Promise<string | undefined> {
  if (await findToolchain("python") === undefined) return undefined;
  try {
    return await installCounterpart({
      name: "fastmcp-tasks",
      title: "fastmcp-tasks",
      versions: {},
      toolchains: ["python"],
      quick: false,
      files,
      install: (directory, signal) => installPythonPackages(directory, { files, signal }),
    }, { signal });
  } catch (error) {
    console.error(`fastmcp-tasks is left out: ${reasonOf(error)}`);
  }
}

const directory = await install();
const name = "a client of 2025 calls tools that a server of 2026 offers as tasks only " +
  "(needs Python and fastmcp-tasks)";

Deno.test({ name, ignore: directory === undefined }, async (t) => {
  const port = freePort();
  const server = await startProcess({
    command: join(directory!, "venv", "bin", "python"),
    args: [fromFileUrl(import.meta.resolve("./extension_tasks.py"))],
    env: { PORT: String(port) },
    ready: /\bready\b/,
    signal,
  });
  await using _stopped = { [Symbol.asyncDispose]: server.kill };
  const client = new Client({ name: "authful-test", version: "1" }, {
    capabilities: { elicitation: {} },
  });
  client.setRequestHandler(
    ElicitRequestSchema,
    () => ({ action: "accept", content: { name: "Ada" } }),
  );
  await client.connect(bridgeTransport(new URL(`http://127.0.0.1:${port}/mcp`)));
  await using _closed = { [Symbol.asyncDispose]: () => client.close() };
  const call = async (name: string) => {
    const { content, isError } = await client.callTool({ name, arguments: {} });
    return [(content as { text: string }[])[0].text, isError ?? false] as const;
  };

  await t.step("its outcome, of the only run", async () => {
    assert.deepEqual(await call("work"), ["run 1", false]);
  });
  await t.step("its failure", async () => {
    const [text, isError] = await call("fail");
    assert.match(text, /broken/);
    assert.equal(isError, true);
  });
  await t.step("what it asks", async () => {
    assert.deepEqual(await call("ask"), ["answered Ada", false]);
  });
  await t.step("its cancellation", async () => {
    const stop = new AbortController();
    const { signal } = stop;
    const forever = client.callTool({ name: "forever", arguments: {} }, undefined, { signal });
    const rejected = assert.rejects(forever);
    await until(async () => (await call("state"))[0] === "running", "the task");
    stop.abort();
    await rejected;
    await until(async () => (await call("state"))[0] === "over", "its cancellation");
  });
});
