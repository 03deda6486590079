import assert from "node:assert/strict";
import { commands } from "../../../src/cli/commands/registry.ts";
import { clientNames } from "../../../src/cli/setup/client_names.ts";

/** The flags of each command, as help shows them, with what their value can be. */
const flags: Record<string, (string | [flag: string, choices: readonly string[]])[]> = {
  setup: [
    ["--client <client>", [...clientNames, "json"]],
    "--name <name>",
    "--inline",
    "--file <file>",
    ["--scope <scope>", ["user", "project"]],
    "--remove",
    "--from <file|url>",
    "--all",
    "--json",
    "--dry-run",
    "--yes",
    "--no-login",
    "--no-check",
    "--include-secret",
  ],
  login: ["--force", "--json"],
  logout: ["--all"],
  status: ["--json"],
  servers: ["--json"],
  token: ["--id", "--header", "--header-json", "--login", "--yes-print-secret"],
  doctor: ["--json", "--report <file>"],
  completions: [],
  version: ["--json"],
};

Deno.test("each command has its flags, with their values", () => {
  const shown = commands.map(({ name, flags }) => [
    name,
    flags.map(({ flag, value, choices }) => {
      const text = value === undefined ? flag : `${flag} ${value}`;
      return choices === undefined ? text : [text, choices];
    }),
  ]);
  assert.deepEqual(Object.fromEntries(shown), flags);
});

Deno.test("the commands that are about no server take none, and one takes a shell", () => {
  const names = commands.filter(({ isGlobal }) => isGlobal).map(({ name }) => name);
  assert.deepEqual(names, ["servers", "version"]);
  const taking = commands.filter(({ argument }) => argument);
  assert.deepEqual(taking.map(({ name, argument }) => [name, argument]), [
    ["completions", {
      name: "SHELL",
      choices: ["bash", "zsh", "fish", "powershell"],
      help: "the shell it is for",
    }],
  ]);
});

Deno.test("each command has examples to copy, which begin with its name", () => {
  const counts = Object.fromEntries(commands.map(({ name, examples }) => [name, examples.length]));
  assert.deepEqual(counts, {
    setup: 5,
    login: 3,
    logout: 2,
    status: 2,
    servers: 2,
    token: 2,
    doctor: 2,
    completions: 4,
    version: 1,
  });
  for (const { name, examples } of commands) {
    for (const [line, meaning] of examples) {
      assert.equal(line.split(" ")[0], name);
      assert.match(meaning, /^[a-z].*[^.]$/i);
    }
  }
});

Deno.test("each command runs what it is called", async () => {
  for (const { name, load } of commands) assert.equal((await load()).name, name);
});

Deno.test("texts of help are phrases without a full stop, and descriptions are sentences", () => {
  for (const { summary, description, flags } of commands) {
    for (const text of [summary, ...flags.map(({ help }) => help)]) {
      assert.match(text, /^\S.*[^.\s]$/);
    }
    assert.match(description, /^[A-Z].*\.$/);
  }
});
