// Asks Gemini CLI whether it connects to what `setup` has written into its configuration.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const tell = (event) => console.log(JSON.stringify(event));
const gemini = fileURLToPath(new URL("node_modules/.bin/gemini", import.meta.url));
const before = performance.now();
const child = spawn(gemini, ["mcp", "list"], { stdio: ["ignore", "pipe", "pipe"] });
let output = "";
// The list comes on stderr.
for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => output += data);
const code = await new Promise((resolve) => child.on("close", resolve));
const line = output.split("\n").find((line) => line.includes("interop:")) ?? output.trim();
if (code === 0 && line.endsWith("Connected")) {
  tell({ event: "connected", ms: Math.round(performance.now() - before) });
  tell({ event: "closed" });
} else {
  const status = line.split(" - ").at(-1);
  tell({ event: "error", message: `gemini mcp list: ${status} (exit code ${code})` });
  process.exitCode = 1;
}
