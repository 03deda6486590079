// Asks OpenCode whether it connects to what `setup` has written into its configuration.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const tell = (event) => console.log(JSON.stringify(event));
const command = fileURLToPath(
  new URL("node_modules/opencode-linux-x64/bin/opencode", import.meta.url),
);
const before = performance.now();
const child = spawn(command, ["mcp", "list"], { stdio: ["ignore", "pipe", "pipe"] });
let output = "";
for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => output += data);
const code = await new Promise((resolve) => child.on("close", resolve));
// deno-lint-ignore no-control-regex
const lines = output.replaceAll(/\u001b\[[0-9;]*m/g, "").split("\n");
const line = lines.find((line) => /\binterop\b/.test(line)) ?? output.trim();
if (code === 0 && /\bconnected$/i.test(line.trim()) && !/\b(?:not|dis)/i.test(line)) {
  tell({ event: "connected", ms: Math.round(performance.now() - before) });
  tell({ event: "closed" });
} else {
  tell({ event: "error", message: `opencode mcp list: ${line.trim()} (exit code ${code})` });
  process.exitCode = 1;
}
