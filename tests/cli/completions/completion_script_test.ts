import assert from "node:assert/strict";
import type { CommandRow } from "../../../src/cli/commands/command.ts";
import { completionScript, type Shell } from "../../../src/cli/completions/completion_script.ts";
import { optionNames, options } from "../../../src/settings/options.ts";

const load = () => Promise.reject(new Error("nothing is run here"));

/** A table of commands with one flag of each kind, and texts that a shell has to be shown quoted. */
const commands: readonly CommandRow[] = [
  {
    name: "setup",
    summary: "set it's up",
    description: "",
    examples: [],
    load,
    flags: [
      { flag: "--client", value: "<client>", choices: ["a", "b"], help: "it's [a]: C:\\x it's" },
      { flag: "--file", value: "<file>", help: "a file" },
      { flag: "--name", value: "<name>", help: "a name" },
      { flag: "--dry", help: "dry" },
      // One that is a setting as well, with values of its own.
      { flag: "--transport", value: "<t>", choices: ["x"], help: "another one" },
    ],
  },
  {
    name: "completions",
    summary: "print",
    description: "",
    examples: [],
    load,
    flags: [],
    argument: { name: "SHELL", choices: ["bash", "zsh"], help: "" },
  },
];

const lines = (shell: Shell) => completionScript(shell, commands).split("\n");

/** The lines from one to another, both included. */
function between(all: readonly string[], first: string, last: string): string[] {
  const from = all.indexOf(first);
  assert.ok(from >= 0, `there is no line ${JSON.stringify(first)}`);
  const to = all.indexOf(last, from);
  assert.ok(to >= 0, `there is no line ${JSON.stringify(last)}`);
  return all.slice(from, to + 1);
}

const settings = optionNames.map((name) => options[name].flag)
  .filter((flag) => flag.startsWith("--"));
const allSettings = [...settings, "--help"];

Deno.test("bash is given the values of flags, then the words that fit the command", () => {
  const all = lines("bash");
  const values = between(all, "  case $previous in", "  esac").slice(1, -1);
  const flagOf = (line: string) => line.trim().split(")")[0]!;
  const taking = optionNames.map((name) => options[name]).filter(({ flag, value }) =>
    flag.startsWith("--") && value !== undefined
  ).map(({ flag }) => flag);
  assert.deepEqual(values.map(flagOf), [...taking, "--client", "--file", "--name"]);
  const of = (flag: string) => values.find((line) => flagOf(line) === flag)!.trim();
  const files = "compopt -o filenames 2>/dev/null; IFS=$'\\n'; " +
    'COMPREPLY=($(compgen -f -- "$word")); return ;;';
  assert.equal(of("--ca-cert"), `--ca-cert) ${files}`);
  assert.equal(of("--cache-dir"), `--cache-dir) ${files}`);
  assert.equal(of("--file"), `--file) ${files}`);
  assert.equal(
    of("--client"),
    '--client) COMPREPLY=($(compgen -W "a b" -- "$word")); return ;;',
  );
  assert.equal(
    of("--transport"),
    '--transport) COMPREPLY=($(compgen -W "x" -- "$word")); return ;;',
  );
  assert.equal(of("--name"), "--name) return ;;");
  assert.equal(of("--login-timeout"), "--login-timeout) return ;;");
  assert.deepEqual(between(all, "  for ((i = 1; i < COMP_CWORD; i++)); do", ""), [
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    "    case ${COMP_WORDS[i]} in",
    "    setup|completions) command=${COMP_WORDS[i]}; break ;;",
    "    esac",
    "  done",
    "  case $command in",
    '    setup) words="--client --file --name --dry --transport" ;;',
    '    completions) words="bash zsh" ;;',
    '    *) words="setup completions help --version" ;;',
    "  esac",
    `  COMPREPLY=($(compgen -W "$words ${allSettings.join(" ")}" -- "$word"))`,
    "}",
    "complete -F _authful_mcp_proxy authful-mcp-proxy",
    "",
  ]);
});

Deno.test("zsh is given each flag with its help, quoted", () => {
  const all = lines("zsh");
  const told = between(all, "  settings=(", "  )").slice(1, -1);
  assert.deepEqual(
    told.map((line) =>
      /^ {4}'(--[\w-]+)\[.*\](?::file:_files|:value:(?:\(.*\))?)?'$/.exec(line)?.[1]
    ),
    allSettings,
  );
  const of = (flag: string) => told.find((line) => line.startsWith(`    '${flag}[`));
  assert.match(of("--ca-cert")!, /\]:file:_files'$/);
  assert.match(of("--transport")!, /\]:value:\(auto http sse\)'$/);
  assert.match(of("--login-timeout")!, /\]:value:'$/);
  assert.match(of("--debug")!, /[^:]\]'$/);
  assert.equal(of("--help"), "    '--help[print the help]'");
  assert.deepEqual(between(all, "  names=(", ""), [
    "  names=(",
    "    'setup:set it'\\''s up'",
    "    'completions:print'",
    "  )",
    "  case $words[2] in",
    "  (setup)",
    "    own=(",
    "    '--client[it'\\''s \\[a\\]\\: C\\:\\\\x it'\\''s]:value:(a b)'",
    "    '--file[a file]:file:_files'",
    "    '--name[a name]:value:'",
    "    '--dry[dry]'",
    "    '--transport[another one]:value:(x)'",
    "    )",
    "    rest='2:url:_urls'",
    "    ;;",
    "  (completions)",
    "    own=(",
    "",
  ]);
  assert.ok(all.includes("    rest='2:argument:(bash zsh)'"));
});

Deno.test("fish is given commands first, then flags, those of a command behind it", () => {
  const all = lines("fish");
  const program = "complete -c authful-mcp-proxy";
  assert.deepEqual(all.slice(0, 4), [
    "# authful-mcp-proxy completions fish",
    `${program} -f`,
    `${program} -n __fish_use_subcommand -a setup -d 'set it\\'s up'`,
    `${program} -n __fish_use_subcommand -a completions -d 'print'`,
  ]);
  const told = all.slice(4, 4 + allSettings.length);
  assert.deepEqual(
    told.map((line) => /^complete -c authful-mcp-proxy -l (\S+) -/.exec(line)?.[1]),
    allSettings.map((flag) => flag.slice(2)),
  );
  const of = (name: string) => told.find((line) => line.includes(` -l ${name} `))!;
  assert.match(of("ca-cert"), / -l ca-cert -r -F -d '/);
  assert.match(of("transport"), / -l transport -x -a 'auto http sse' -d '/);
  assert.match(of("login-timeout"), / -l login-timeout -x -d '/);
  assert.match(of("debug"), / -l debug -f -d '/);
  const behind = (name: string) => `${program} -n '__fish_seen_subcommand_from ${name}'`;
  assert.deepEqual(all.slice(4 + allSettings.length), [
    `${behind("setup")} -l client -x -a 'a b' -d 'it\\'s [a]: C:\\\\x it\\'s'`,
    `${behind("setup")} -l file -r -F -d 'a file'`,
    `${behind("setup")} -l name -x -d 'a name'`,
    `${behind("setup")} -l dry -f -d 'dry'`,
    `${behind("setup")} -l transport -x -a 'x' -d 'another one'`,
    `${behind("completions")} -a 'bash zsh'`,
    "",
  ]);
});

Deno.test("PowerShell is given lists, with apostrophes written twice", () => {
  const all = lines("powershell");
  const list = (words: readonly string[]) => `@(${words.map((word) => `'${word}'`).join(", ")})`;
  assert.ok(all.includes(`  $settings = ${list(allSettings)}`));
  assert.ok(all.includes("  $commands = @('setup', 'completions')"));
  const values = between(all, "  $values = @{", "  }").slice(1, -1);
  const chosen = optionNames.map((name) => options[name]).filter(({ choices }) => choices);
  assert.deepEqual(values.map((line) => line.trim().split(" ")[0]), [
    ...chosen.map(({ flag }) => `'${flag}'`),
    "'--client'",
  ]);
  assert.ok(values.includes("    '--client' = @('a', 'b')"));
  assert.ok(values.includes("    '--transport' = @('x')"), "the last one of a name counts");
  assert.deepEqual(between(all, "  $own = @{", "  }"), [
    "  $own = @{",
    "    'setup' = @('--client', '--file', '--name', '--dry', '--transport')",
    "    'completions' = @('bash', 'zsh')",
    "  }",
  ]);
  const apostrophe = completionScript("powershell", [{
    ...commands[0]!,
    flags: [{ flag: "--x", value: "<x>", choices: ["it's Ada's"], help: "" }],
  }]);
  assert.ok(apostrophe.includes("    '--x' = @('it''s Ada''s')"));
});
