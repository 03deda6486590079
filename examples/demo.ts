/**
 * The whole story on one machine: a provider, a backend that checks its tokens, the real program
 * between them, and a person who signs in once.
 *
 *     deno task demo             a person made of fetch signs in
 *     deno task demo --browser   you sign in, in your own browser
 *
 * @module
 */
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/stdio"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { fileURLToPath } from "node:url";
import { startBackend } from "./backend.ts";
import { startProvider } from "./provider.ts";
import { permissionFlags } from "../src/platform/permissions.ts";
import { freePort } from "../tests/support/free_port.ts";
import { createPerson } from "../tests/support/person.ts";
// Before anything else loads oidc-provider, so that its warnings do not litter the story.
import "../tests/support/quiet_oidc_provider.ts";

const audience = "https://backend.example/mcp";
const clientId = "demo-client";
/** How long the handshake may take, in milliseconds: as long as the program waits for the person. */
const patience = 300_000;
/** How long the program may take to ask for a sign-in, in milliseconds. */
const askLimit = 30_000;
const colour = Deno.stdout.isTerminal() && !Deno.noColor;
const paint = (code: number, text: string) => colour ? `\x1b[${code}m${text}\x1b[0m` : text;

/** One step of the story, with how long it took. */
async function step<T>(title: string, act: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    const result = await act();
    const took = `${Math.round(performance.now() - start)} ms`;
    console.log(`  ${paint(32, "✓")} ${title} ${paint(2, `(${took})`)}`);
    return result;
  } catch (error) {
    console.log(`  ${paint(31, "✗")} ${title}`);
    throw error;
  }
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

interface Start {
  client: Client;
  /** Resolves with the sign-in URL when the program shows one. */
  signInUrl: Promise<URL>;
  log(): string;
}

/** Starts the program as an MCP client would and begins the handshake. */
function startProgram(args: string[]): Start & { connected: Promise<void> } {
  const transport = new StdioClientTransport({
    command: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--config",
      fileURLToPath(new URL("../deno.json", import.meta.url)),
      ...permissionFlags(),
      fileURLToPath(new URL("../main.ts", import.meta.url)),
      ...args,
    ],
    env: Deno.env.toObject(),
    stderr: "pipe",
  });
  let log = "";
  const signInUrl = new Promise<URL>((resolve) => {
    transport.stderr?.on("data", (chunk: Uint8Array) => {
      log += new TextDecoder().decode(chunk);
      // The white space after it shows that the whole URL is there.
      const url = /(http:\S+\/sign-in\/\S+)\s/.exec(log)?.[1];
      if (url) resolve(new URL(url));
    });
  });
  const client = new Client({ name: "demo", version: "1.0.0" });
  return {
    client,
    signInUrl,
    log: () => log,
    connected: client.connect(transport, { timeout: patience }),
  };
}

function textOf(result: unknown): string {
  const { content } = result as { content?: { text?: string }[] };
  return content?.[0]?.text ?? "";
}

async function demo(options: { browser: boolean }): Promise<void> {
  const began = performance.now();
  const requests: string[] = [];
  console.log("\nOn the company's side");
  await using provider = await step(
    "an OpenID Provider is up",
    () =>
      startProvider({ port: 0, clientId, audience, onRequest: (path) => void requests.push(path) }),
  );
  await using backend = await step(
    "an MCP server is up that only checks tokens",
    () => startBackend({ port: 0, issuer: provider.issuer, audience }),
  );
  await step("without a token it answers 401", async () => {
    const response = await fetch(backend.url, { method: "POST", body: "{}" });
    await response.body?.cancel();
    check(response.status === 401, `it answered ${response.status}`);
  });

  const cache = await Deno.makeTempDir({ prefix: "authful-demo-" });
  await using _cleanUp = {
    [Symbol.asyncDispose]: () => Deno.remove(cache, { recursive: true }),
  };
  const args = [
    backend.url.href,
    "--oidc-issuer-url",
    provider.issuer,
    "--oidc-client-id",
    clientId,
    "--oidc-redirect-url",
    `http://127.0.0.1:${freePort()}/auth/callback`,
    "--cache-dir",
    cache,
  ];

  console.log("\nFirst start of authful-mcp-proxy");
  const first = startProgram(options.browser ? args : [...args, "--no-browser"]);
  // Awaited below; the person comes first.
  first.connected.catch(() => {});
  try {
    const url = await step(
      "it asks for a sign-in",
      () =>
        Promise.race([
          first.signInUrl,
          first.connected.then(() => first.signInUrl),
          new Promise<never>((_, reject) => {
            const error = new Error(`it showed no sign-in URL within ${askLimit / 1000} s`);
            Deno.unrefTimer(setTimeout(() => reject(error), askLimit));
          }),
        ]),
    );
    if (options.browser) {
      console.log(`\n    Sign in with any name and password in the browser. If none opened:\n`);
      console.log(`    ${paint(4, url.href)}\n`);
    } else {
      await step("the person signs in and sees that all is well", async () => {
        const page = await createPerson({ login: "ada" }).visit(url);
        check(page.status === 200, `the browser showed ${page.status} at ${page.url.origin}`);
      });
    }
    await step("the client is connected", () => first.connected);
    const { tools } = await step("it lists the tools", () => first.client.listTools());
    console.log(`      ${tools.map((tool) => tool.name).join(", ")}`);
    const whoami = await step(
      "it calls whoami",
      () => first.client.callTool({ name: "whoami" }),
    );
    console.log(`      ${textOf(whoami)}`);
    check(textOf(whoami).startsWith("You are "), "whoami did not say who you are");
    const echo = await step(
      "it calls echo",
      () => first.client.callTool({ name: "echo", arguments: { message: "Grüße 👋" } }),
    );
    console.log(`      ${textOf(echo)}`);
    check(textOf(echo) === "Grüße 👋", "echo said something else");
  } catch (error) {
    console.error(`\n${first.log()}`);
    throw error;
  } finally {
    await first.client.close();
  }

  console.log("\nSecond start");
  const before = requests.length;
  const second = startProgram(args);
  try {
    await step("the client is connected, without a sign-in", () => second.connected);
    const whoami = await step(
      "it calls whoami",
      () => second.client.callTool({ name: "whoami" }),
    );
    console.log(`      ${textOf(whoami)}`);
    check(textOf(whoami).startsWith("You are "), "whoami did not say who you are");
    await step("the provider was not asked anything", () => {
      const more = requests.slice(before).map((path) => path.split("?")[0]);
      check(more.length === 0, `the provider was asked for ${more.join(", ")}`);
    });
  } catch (error) {
    console.error(`\n${second.log()}`);
    throw error;
  } finally {
    await second.client.close();
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`\nThat is all there is to it: one sign-in, then none. (${seconds} s)\n`);
}

try {
  await demo({ browser: Deno.args.includes("--browser") });
  Deno.exit(0);
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}\n`);
  Deno.exit(1);
}
