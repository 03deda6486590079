import { clientNames } from "../setup/client_names.ts";
import type { CommandRow } from "./command.ts";

/** The one table of commands: `--help`, parsing, completions and docs all come from it. */
export const commands: readonly CommandRow[] = [
  {
    name: "setup",
    summary: "set up a client, step by step",
    description:
      "Asks for what is missing, checks it, tells what to register at the provider, signs you in, " +
      "shows the backend the token, and writes the settings into the configuration file and the " +
      "server's name into that of your MCP client. Shows every change before it is made and keeps " +
      "a backup.",
    flags: [
      {
        flag: "--client",
        value: "<client>",
        choices: [...clientNames, "json"],
        help: "the MCP client to set up; json prints the entry for any other",
      },
      { flag: "--name", value: "<name>", help: "what the client calls the server" },
      {
        flag: "--inline",
        help: "write all settings into the client's file instead of our configuration file",
      },
      { flag: "--file", value: "<file>", help: "write this file instead of the client's own" },
      {
        flag: "--scope",
        value: "<scope>",
        choices: ["user", "project"],
        help: "the client's file for every project, or that of the current directory",
      },
      {
        flag: "--remove",
        help:
          "take the server out of every client and the configuration file; with --client out of that client only",
      },
      {
        flag: "--from",
        value: "<file|url>",
        help: "offer the servers of a catalogue: a file, an https URL, or an MCP registry",
      },
      {
        flag: "--all",
        help: "with --from: every server of the catalogue; with --remove: every server there is",
      },
      { flag: "--json", help: "print what was done as JSON" },
      { flag: "--dry-run", help: "print what would be written and change nothing" },
      { flag: "--yes", help: "do not ask before the file is written" },
      { flag: "--no-login", help: "do not sign in" },
      { flag: "--no-check", help: "do not check provider and backend first" },
      {
        flag: "--include-secret",
        help: "write the client secret into the file too, readable by whoever can read the file",
      },
    ],
    examples: [
      ["setup", "asks for everything"],
      [
        "setup https://mcp.example.com/mcp --client cursor --dry-run",
        "shows what would be written",
      ],
      ["setup mcp-example --client vscode", "sets up another client for the same server"],
      [
        "setup --from https://registry.example.com --all --client cursor --yes",
        "sets up every server of a company's registry, without a question",
      ],
      ["setup --remove mcp-example", "takes it out everywhere"],
    ],
    load: async () => (await import("./setup.ts")).setup,
  },
  {
    name: "login",
    summary: "sign in now",
    description:
      "Signs you in at the provider, in the foreground, and stores the credential that the bridge " +
      "uses. Does nothing when a valid one is stored, unless --force is given.",
    flags: [
      { flag: "--force", help: "sign in even when the stored credential is still valid" },
      { flag: "--json", help: "print JSON" },
    ],
    examples: [
      ["login https://mcp.example.com/mcp", "signs in before the client starts"],
      ["login --profile work --force", "signs in again, with another account"],
      ["login company-tools --json", "for other programs: who is signed in, and for how long"],
    ],
    load: async () => (await import("./login.ts")).login,
  },
  {
    name: "logout",
    summary: "revoke and forget credentials",
    description:
      "Revokes the tokens at the provider when it can (RFC 7009) and removes the stored credential.",
    flags: [{ flag: "--all", help: "every credential in the cache directory; needs no setting" }],
    examples: [
      ["logout https://mcp.example.com/mcp", "forgets the credential of these settings"],
      ["logout --all", "forgets everything"],
    ],
    load: async () => (await import("./logout.ts")).logout,
  },
  {
    name: "status",
    summary: "show who is signed in where",
    description:
      "Lists every stored credential: whose it is, how long it lasts, how it is kept; never a " +
      "token. With settings, exits 1 when the identity they name is not signed in.",
    flags: [{ flag: "--json", help: "print JSON" }],
    examples: [
      ["status", "everything that is stored"],
      ["status --json", "for other programs"],
    ],
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "servers",
    summary: "list what is set up",
    isGlobal: true,
    description:
      "Lists every server that was set up, in the configuration file and in the files of the clients " +
      "that setup knows: its backend, the clients that start it, and who is signed in.",
    flags: [{ flag: "--json", help: "print JSON" }],
    examples: [
      ["servers", "what is set up, and who is signed in"],
      ["servers --json", "for other programs"],
    ],
    load: async () => (await import("./servers.ts")).servers,
  },
  {
    name: "token",
    summary: "print a valid access token",
    description:
      "Prints a valid access token, renewed if need be, for curl and for clients that ask a " +
      "command for their headers. To a terminal only with --yes-print-secret.",
    flags: [
      { flag: "--id", help: "the ID token instead" },
      { flag: "--header", help: "as a header line: Authorization: Bearer …" },
      { flag: "--header-json", help: "as JSON, for the headersHelper of Claude Code" },
      { flag: "--login", help: "sign in when there is no other way" },
      { flag: "--yes-print-secret", help: "print it to a terminal too" },
    ],
    examples: [
      [
        "token https://mcp.example.com/mcp --header | curl -H @- https://mcp.example.com/mcp",
        "calls the backend by hand",
      ],
      ["token --header-json", "for headersHelper"],
    ],
    load: async () => (await import("./token.ts")).token,
  },
  {
    name: "doctor",
    summary: "check everything and say what to do",
    description:
      "Checks settings, network, provider, client, redirect ports, browser, store and backend, in this " +
      "order, and says what was found and what to do. Exits 1 when the bridge would not work.",
    flags: [
      { flag: "--json", help: "print JSON" },
      { flag: "--report", value: "<file>", help: "also write a redacted report for an issue" },
    ],
    examples: [
      ["doctor https://mcp.example.com/mcp", "checks these settings"],
      ["doctor --report report.json", "writes what can be attached to an issue"],
    ],
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "completions",
    summary: "print a completion script for your shell",
    description: "Prints a script that completes commands, flags and their values.",
    argument: {
      name: "SHELL",
      choices: ["bash", "zsh", "fish", "powershell"],
      help: "the shell it is for",
    },
    flags: [],
    examples: [
      ["completions bash >> ~/.bash_completion", "for bash"],
      ['completions zsh > "${fpath[1]}/_authful-mcp-proxy"', "for zsh"],
      ["completions fish > ~/.config/fish/completions/authful-mcp-proxy.fish", "for fish"],
      [
        "completions powershell | Out-String | Invoke-Expression",
        "for PowerShell, as a line of $PROFILE",
      ],
    ],
    load: async () => (await import("./completions.ts")).completions,
  },
  {
    name: "version",
    summary: "print the version",
    description: "Prints the version; with --json, all that is known of this build.",
    isGlobal: true,
    flags: [{ flag: "--json", help: "print JSON" }],
    examples: [["version --json", "for a fault report"]],
    load: async () => (await import("./version.ts")).version,
  },
];
