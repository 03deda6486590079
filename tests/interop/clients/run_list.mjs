// Asks an agent for its list of servers, which says whether it connects to what `setup` has written
// into its configuration.
import { spawn } from "node:child_process";

const tell = (event) => console.log(JSON.stringify(event));

export async function runList({ program, args = [] }) {
  const before = performance.now();
  const child = spawn(program, [...args, "mcp", "list"], { stdio: ["ignore", "pipe", "inherit"] });
  process.once("SIGTERM", () => child.kill("SIGTERM"));
  let output = "";
  child.stdout.on("data", (data) => output += data);
  const code = await new Promise((resolve) => child.on("close", resolve));
  // deno-lint-ignore no-control-regex
  const lines = output.replaceAll(/\u001b\[[0-9;]*m/g, "").split("\n");
  const line = lines.find((line) => /\binterop\b/.test(line)) ?? output.trim();
  if (code === 0 && /(^|\s)connected\b/i.test(line)) {
    tell({ event: "connected", ms: Math.round(performance.now() - before) });
    tell({ event: "closed" });
  } else {
    tell({ event: "error", message: `mcp list: ${line.trim()} (exit code ${code})` });
    process.exitCode = 1;
  }
}
