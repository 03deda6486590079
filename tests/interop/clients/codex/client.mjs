// Drives Codex as its editor extensions do, by `codex app-server`: a thread starts what `setup` has
// written into its configuration, and tools can be listed and called without a model.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const tell = (event) => console.log(JSON.stringify(event));
const { WAIT_FOR_CHANGE, CONNECT_TIMEOUT } = process.env;
const codex = fileURLToPath(new URL("node_modules/.bin/codex", import.meta.url));
const settings = CONNECT_TIMEOUT
  ? ["-c", `mcp_servers.interop.startup_timeout_sec=${CONNECT_TIMEOUT / 1000}`]
  : [];
const child = spawn(codex, [...settings, "app-server"], { stdio: ["pipe", "pipe", "inherit"] });
const ended = new Promise((resolve) => child.on("exit", resolve));
const pending = new Map();
const started = deferred();

function deferred() {
  const one = {};
  one.promise = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }));
  return one;
}

createInterface({ input: child.stdout }).on("line", (line) => {
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === "mcpServer/startupStatus/updated" && params.name === "interop") {
    if (params.status === "ready") started.resolve();
    else if (params.status !== "starting") {
      started.reject(new Error(`${params.status}: ${params.error}`));
    }
  } else if (pending.has(id)) {
    const { resolve, reject } = pending.get(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  }
});
const send = (message) => child.stdin.write(`${JSON.stringify(message)}\n`);
let lastId = 0;
const request = (method, params) => {
  const answer = deferred();
  pending.set(++lastId, answer);
  send({ id: lastId, method, params });
  return answer.promise;
};

try {
  await request("initialize", { clientInfo: { name: "interop", version: "1" } });
  send({ method: "initialized" });
  const before = performance.now();
  const { thread } = await request("thread/start", { cwd: process.cwd() });
  await started.promise;
  tell({ event: "connected", ms: Math.round(performance.now() - before) });
  const listTools = async () => {
    const { data } = await request("mcpServerStatus/list", { threadId: thread.id });
    const names = Object.keys(data.find(({ name }) => name === "interop").tools);
    tell({ event: "tools", names });
    return names;
  };
  const callTool = (tool, args) =>
    request("mcpServer/tool/call", {
      threadId: thread.id,
      server: "interop",
      tool,
      arguments: args,
    });
  await listTools();
  const { content } = await callTool("echo", { text: "hello" });
  tell({ event: "echo", text: content[0].text });
  if (WAIT_FOR_CHANGE) {
    await callTool("grow", {});
    // The notification may come after the call's result.
    for (let tries = 0; tries < 20; tries++) {
      if ((await listTools()).some((name) => name.startsWith("grown_"))) break;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  tell({ event: "closed" });
} catch (error) {
  tell({ event: "error", message: error.message });
}
child.stdin.end();
process.exitCode = await ended;
