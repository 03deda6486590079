/**
 * A client that is killed in the middle of a sign-in. Nobody is left who would read an answer, so
 * the program ends within seconds, whatever it is waiting for; the sign-in that it began stays good
 * for the next start.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Company, startCompany } from "../support/company.ts";
import { publicClient } from "../support/provider.ts";
import { steadyStart } from "../support/steady_start.ts";
import { programCommand } from "../support/program_command.ts";
import { TextLineStream } from "../support/text_line_stream.ts";
import { within } from "../support/within.ts";

/** Where the pipe that the program reads goes on to be open when the client is dead. */
type OpenEnd = "nowhere" | "in another process";

/**
 * A client that has sent `initialize`: a shell that holds the write end of the program's stdin, alone
 * or with another process of its own.
 */
async function startClient(
  company: Company,
  { openEnd, env: more }: { openEnd: OpenEnd; env?: Record<string, string> },
) {
  const { command, args, env } = await programCommand(
    company.settings({ env: { ...steadyStart, ...more } }),
  );
  const pipe = join(company.home.path, `stdin-${crypto.randomUUID()}`);
  const initialize = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "c", version: "1" },
    },
  });
  const sibling = openEnd === "nowhere" ? "" : "sleep 60 >/dev/null 2>&1 & echo $!;";
  const shell = new Deno.Command("sh", {
    args: [
      "-c",
      `mkfifo "$0"; "$@" <"$0" & echo $!; exec 9>"$0"; rm "$0"; printf '%s\\n' '${initialize}' >&9; ` +
      `${sibling} exec 8<&0; wait`,
      pipe,
      command,
      ...args,
    ],
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines: string[] = [];
  const read = async (
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    onLine: (line: string) => void,
  ) => {
    const text = stream.pipeThrough(new TextDecoderStream());
    for await (const line of text.pipeThrough(new TextLineStream())) onLine(line);
  };
  /** The program and, where there is one, the other process that holds its pipe. */
  const ids: number[] = [];
  const seen = Promise.withResolvers<void>();
  const output = read(shell.stdout, (line) => {
    if (/^\d+$/.test(line)) ids.push(Number(line));
  });
  let waitedFor: RegExp | undefined;
  const log = read(shell.stderr, (line) => {
    lines.push(line);
    if (waitedFor?.test(line)) seen.resolve();
  });
  return {
    /** Resolves when the program logs this. */
    async logged(pattern: RegExp) {
      waitedFor = pattern;
      if (lines.some((line) => pattern.test(line))) return;
      await within(seen.promise, { what: () => `${pattern} in ${lines.join("\n")}` });
    },
    /** Kills the client alone, as a person or the system does. */
    async kill() {
      shell.kill("SIGKILL");
      await shell.status;
    },
    /** Resolves when the program has closed its output, as it does by ending. */
    async programEnds(patience: number) {
      await within(Promise.all([output, log]), {
        what: () => `the end of the program; its log:\n${lines.join("\n")}`,
        patience,
      });
      return lines.join("\n");
    },
    async [Symbol.asyncDispose]() {
      for (const id of [shell.pid, ...ids]) {
        try {
          Deno.kill(id, "SIGKILL");
        } catch {
          // It has ended already.
        }
      }
      await Promise.allSettled([shell.status, output, log]);
    },
  };
}

/** Of which two are for noticing it. */
const soon = 8_000;

for (const openEnd of ["nowhere", "in another process"] as const) {
  Deno.test({
    name: `a client killed in the middle of a sign-in, its pipe open ${openEnd}, ends the program`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using company = await startCompany();
      await using client = await startClient(company, { openEnd });
      const tab = await company.person.openTab(await company.browser.opened());
      await client.kill();
      assert.doesNotMatch(await client.programEnds(soon), /Internal error/);
      // What it began stays good: the next start finishes it in the tab that is open.
      await using program = await company.start();
      const initialized = program.initialize();
      await program.logged(/waiting for a sign-in that was/);
      assert.equal((await company.person.visit(tab)).status, 200);
      assert.ok((await initialized).result);
      assert.equal(company.browser.count(), 1);
    },
  });
}

Deno.test({
  name: "a client killed in the middle of a sign-in, with the store deleted, ends the program",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using company = await startCompany();
    await using client = await startClient(company, { openEnd: "in another process" });
    await company.browser.opened();
    await Deno.remove(join(company.home.path, ".mcp-auth"), { recursive: true });
    await client.kill();
    assert.doesNotMatch(await client.programEnds(soon), /Internal error/);
  },
});

Deno.test({
  name: "a client killed while another process signs in ends the program, and not the other",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using company = await startCompany();
    await using program = await company.start();
    const initialized = program.initialize();
    const url = await company.browser.opened();
    await using client = await startClient(company, { openEnd: "in another process" });
    await client.logged(/is signing in for this identity already/);
    await client.kill();
    await client.programEnds(soon);
    await company.person.visit(url);
    assert.ok((await initialized).result);
  },
});

Deno.test({
  name: "a client killed while the provider is polled for a device code ends the program",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using company = await startCompany({
      provider: {
        deviceFlow: true,
        clients: [{
          ...publicClient,
          grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
          redirect_uris: [],
          response_types: [],
        }],
      },
    });
    await using client = await startClient(company, {
      openEnd: "nowhere",
      env: { OIDC_FLOW: "device" },
    });
    await client.logged(/user_code=/);
    await client.kill();
    await client.programEnds(soon);
  },
});
