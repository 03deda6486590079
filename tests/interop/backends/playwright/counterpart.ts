import { join } from "node:path";
import { findChromium } from "../../../support/chromium.ts";
import { startBackendProcess } from "../../backend_process.ts";
import type { Backend, TranslatedCall } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json"].map((name) => new URL(name, import.meta.url));

/** JavaScript in an empty page for most of the catalogue. */
function translate(name: string, args: Record<string, unknown>): TranslatedCall | undefined {
  const evaluate = (script: string): TranslatedCall => ({
    name: "browser_evaluate",
    args: { function: `() => ${script}` },
    text: resultOf,
  });
  if (name === "echo") return evaluate(JSON.stringify(args.text));
  if (name === "big") return evaluate(`"x".repeat(${args.bytes})`);
  if (name === "length") return evaluate(`${JSON.stringify(args.text)}.length`);
  if (name === "fail") return evaluate(`{ throw new Error(${JSON.stringify(args.message)}) }`);
  if (name === "slow") {
    const wait = `new Promise((done) => setTimeout(done, ${
      Number(args.seconds) * 1000
    }, "done 1"))`;
    return evaluate(wait);
  }
  if (name === "image") return { name: "browser_take_screenshot", args: {} };
}

/** What a script gave, out of the Markdown about it. */
function resultOf(markdown: string): string {
  const [, json] = /^### Result\n([^\n]*)/.exec(markdown) ?? [];
  try {
    return String(JSON.parse(json!));
  } catch {
    // Without a result it says what went wrong.
    return markdown;
  }
}

/** Microsoft's server with a browser. It has no authorization: nothing looks at the token. */
export default {
  name: "playwright",
  title: "Playwright MCP, Chromium",
  versions: { "@playwright/mcp": "0.0.83" },
  toolchains: ["node", "debian:chromium"],
  files,
  translate,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startBackendProcess(options, {
      command: "node",
      args: [
        join(options.directory, "node_modules/@playwright/mcp/cli.js"),
        "--headless",
        "--isolated",
        // Chromium refuses its sandbox to root.
        "--no-sandbox",
        "--executable-path",
        findChromium() ?? "chromium",
        "--host",
        "127.0.0.1",
        "--port",
        String(options.port),
        "--allowed-hosts",
        "*",
      ],
      ready: /listening on/i,
    }),
} satisfies Backend;
