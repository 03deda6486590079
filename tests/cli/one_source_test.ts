import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/cli/arguments/command_line.ts";
import { commands } from "../../src/cli/commands/registry.ts";
import { completionScript, type Shell } from "../../src/cli/completions/completion_script.ts";
import { optionNames, options } from "../../src/settings/options.ts";

const shells = commands.find(({ name }) => name === "completions")!.argument!.choices as Shell[];
const flags = optionNames.map((name) => options[name].flag).filter((flag) => flag.startsWith("--"));

for (const shell of shells) {
  Deno.test(`completions for ${shell} know every command, flag and choice`, () => {
    const script = completionScript(shell, commands);
    // fish names flags without their dashes.
    const shown = (flag: string) => shell === "fish" ? `-l ${flag.slice(2)}` : flag;
    for (const flag of flags) assert.ok(script.includes(shown(flag)), flag);
    for (const command of commands) {
      assert.ok(script.includes(command.name), command.name);
      for (const { flag, choices } of command.flags) {
        assert.ok(script.includes(shown(flag)), flag);
        for (const choice of choices ?? []) assert.ok(script.includes(choice), choice);
      }
      for (const choice of command.argument?.choices ?? []) assert.ok(script.includes(choice));
    }
  });
}

const checkers: Partial<Record<Shell, string[]>> = {
  bash: ["bash", "-n"],
  zsh: ["zsh", "-n"],
  fish: ["fish", "--no-execute"],
};
for (const [shell, [command, flag]] of Object.entries(checkers) as [Shell, string[]][]) {
  Deno.test({
    name: `${shell} understands its completion script`,
    ignore: !await isInstalled(command),
    async fn() {
      const path = await Deno.makeTempFile();
      try {
        await Deno.writeTextFile(path, completionScript(shell, commands));
        const { success, stderr } = await new Deno.Command(command, { args: [flag, path] })
          .output();
        assert.ok(success, new TextDecoder().decode(stderr));
      } finally {
        await Deno.remove(path);
      }
    },
  });
}

Deno.test({
  name: "bash completes commands, flags, and the values of flags",
  ignore: !await isInstalled("bash"),
  async fn() {
    const complete = async (...words: string[]) => {
      const { stdout } = await new Deno.Command("bash", {
        args: [
          "--norc",
          "-c",
          `${completionScript("bash", commands)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _authful_mcp_proxy; printf '%s\\n' "\${COMPREPLY[@]}"`,
          "bash",
          "authful-mcp-proxy",
          ...words,
        ],
      }).output();
      return new TextDecoder().decode(stdout).trim().split("\n");
    };
    assert.deepEqual(await complete("lo"), ["login", "logout"]);
    assert.deepEqual(await complete("logout", "--al"), [
      "--all",
      ...flags.filter((flag) => flag.startsWith("--al")),
    ]);
    assert.deepEqual(await complete("setup", "--client", "cu"), ["cursor"]);
    assert.deepEqual(await complete("--credential-encryption", ""), ["file", "keychain", "none"]);
    assert.deepEqual(await complete("--transport", "s"), ["sse"]);
    assert.deepEqual(await complete("login", "--oidc-flow", "p"), ["paste"]);
    assert.deepEqual(await complete("completions", "z"), ["zsh"]);
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${directory}/my authority.pem`, "");
      assert.deepEqual(await complete("--ca-cert", `${directory}/my`), [
        `${directory}/my authority.pem`,
      ]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
    assert.doesNotMatch(
      completionScript("bash", commands),
      /mapfile|readarray/,
      "macOS has bash 3.2",
    );
  },
});

Deno.test({
  name: "fish completes commands, flags, and the values of flags",
  ignore: !await isInstalled("fish"),
  async fn() {
    const complete = async (line: string) => {
      const { stdout } = await new Deno.Command("fish", {
        args: [
          "--no-config",
          "-c",
          `${completionScript("fish", commands)}\ncomplete -C $argv[1]`,
          line,
        ],
      }).output();
      const rows = new TextDecoder().decode(stdout).trim().split("\n");
      return rows.map((row) => row.split("\t")[0]);
    };
    assert.deepEqual(await complete("authful-mcp-proxy lo"), ["login", "logout"]);
    assert.deepEqual(await complete("authful-mcp-proxy setup --client cu"), ["cursor"]);
    assert.deepEqual(await complete("authful-mcp-proxy login --oidc-flow p"), ["paste"]);
    assert.deepEqual(await complete("authful-mcp-proxy completions z"), ["zsh"]);
  },
});

for (const command of commands) {
  Deno.test(`help of ${command.name} names its flags and shows examples`, () => {
    const invocation = parseCommandLine([command.name, "--help"], { version: "1" });
    assert.ok(invocation.kind === "print");
    for (const { flag } of command.flags) assert.ok(invocation.text.includes(flag), flag);
    assert.match(invocation.text, /--profile/);
    const examples = invocation.text.slice(invocation.text.indexOf("\nExamples:\n"));
    for (const [line] of command.examples) assert.ok(examples.includes(line), line);
    assert.ok(command.examples.length > 0);
  });

  Deno.test(`the examples of ${command.name} are understood`, () => {
    for (const [line] of command.examples) {
      const words = line.split(/ [|>]/)[0].split(" ");
      const invocation = parseCommandLine(words, { version: "1" });
      assert.ok(invocation.kind === "command" && invocation.command === command, line);
    }
  });
}

async function isInstalled(command: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, { args: ["--version"] }).output();
    return success;
  } catch {
    return false;
  }
}
