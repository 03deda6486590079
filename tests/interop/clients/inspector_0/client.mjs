// Asks the Inspector's command line, which connects anew for each request.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const tell = (event) => console.log(JSON.stringify(event));
const server = JSON.parse(process.env.SERVER);
const inspector = fileURLToPath(new URL("node_modules/.bin/mcp-inspector", import.meta.url));

/** The result of one request. */
async function request(...method) {
  // It takes no empty value, which the program takes for none.
  const environment = Object.entries(server.env)
    .filter(([, value]) => value !== "")
    .flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const target = [server.command, ...server.args];
  const args = ["--cli", ...environment, "--", ...target, "--method", ...method];
  const child = spawn(inspector, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let log = "";
  child.stdout.on("data", (data) => output += data);
  child.stderr.on("data", (data) => log += data);
  const code = await new Promise((resolve) => child.on("close", resolve));
  process.stderr.write(log);
  if (code !== 0) throw new Error(`exit code ${code}: ${log.trim().split("\n").at(-1)}`);
  return JSON.parse(output);
}

try {
  const { tools } = await request("tools/list");
  tell({ event: "tools", names: tools.map(({ name }) => name) });
  const call = ["--tool-name", "echo", "--tool-arg", "text=hello"];
  const { content } = await request("tools/call", ...call);
  tell({ event: "echo", text: content[0].text });
  tell({ event: "closed" });
} catch (error) {
  tell({ event: "error", message: error.message });
  process.exitCode = 1;
}
