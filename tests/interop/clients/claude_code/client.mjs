// Asks Claude Code whether it connects to what `setup` has written into its configuration.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const tell = (event) => console.log(JSON.stringify(event));
const claude = fileURLToPath(new URL("node_modules/.bin/claude", import.meta.url));
const before = performance.now();
const child = spawn(claude, ["mcp", "list"], { stdio: ["ignore", "pipe", "inherit"] });
let output = "";
child.stdout.on("data", (data) => output += data);
const code = await new Promise((resolve) => child.on("close", resolve));
const line = output.split("\n").find((line) => line.startsWith("interop:")) ?? output.trim();
if (code === 0 && line.endsWith("Connected")) {
  tell({ event: "connected", ms: Math.round(performance.now() - before) });
  tell({ event: "closed" });
} else {
  const status = line.split(" - ").at(-1);
  tell({ event: "error", message: `claude mcp list: ${status} (exit code ${code})` });
  process.exitCode = 1;
}
