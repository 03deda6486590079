import assert from "node:assert/strict";

const source = `
import { openControllingTerminal } from ${
  JSON.stringify(import.meta.resolve("../../../src/oidc/flows/controlling_terminal.ts"))
};
const terminal = await openControllingTerminal();
console.error(terminal ? "terminal" : "none");
const line = await terminal?.readLine(new AbortController().signal);
console.error("read " + JSON.stringify(line));
`;

/** Whether util-linux's \`script\` can give a program a terminal here. */
async function hasScript(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  try {
    return (await new Deno.Command("script", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

async function run(command: string, args: string[], typed: string): Promise<string> {
  const child = new Deno.Command(command, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  let text = "";
  const decoder = new TextDecoder();
  const errors = child.stderr.pipeTo(
    new WritableStream({ write: (chunk) => void (text += decoder.decode(chunk)) }),
  );
  let asked = false;
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk);
    if (asked || !text.includes("terminal")) continue;
    asked = true;
    await writer.write(new TextEncoder().encode(typed));
  }
  await errors;
  await writer.close().catch(() => {});
  await child.status;
  return text;
}

async function withProgram(test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, source);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test({
  name: "a line is read from the terminal and not from stdin (needs script of util-linux)",
  ignore: !await hasScript(), // Nothing else here makes a pseudo-terminal.
  fn: () =>
    withProgram(async (path) => {
      const command = `${Deno.execPath()} run --quiet --allow-run=head ${path} < /dev/null`;
      const text = await run("script", ["-qec", command, "/dev/null"], "a pasted line\n");
      assert.match(text, /terminal/);
      assert.match(text, /read "a pasted line\\n"/);
    }),
});

Deno.test("without a terminal there is none to ask", () =>
  withProgram(async (path) => {
    const text = await run(Deno.execPath(), ["run", "--quiet", "--allow-run=head", path], "");
    assert.match(text, /none/);
  }));
