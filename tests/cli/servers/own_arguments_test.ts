import assert from "node:assert/strict";
import { ownArguments } from "../../../src/cli/servers/own_arguments.ts";
import { selfCommand } from "../../../src/cli/setup/self_command.ts";

const ways: [name: string, command: string, before: string[]][] = [
  ["on the path", "authful-mcp-proxy", []],
  ["by its path", "/opt/homebrew/opt/authful-mcp-proxy/bin/authful-mcp-proxy", []],
  ["on Windows", "C:\\Tools\\authful-mcp-proxy.exe", []],
  ["on Windows, in capitals", "C:\\Tools\\authful-mcp-proxy.EXE", []],
  ["by a script", "/opt/bin/authful-mcp-proxy.cmd", []],
  ["by npx", "npx", ["-y", "authful-mcp-proxy"]],
  ["by npx, of one version", "npx", ["-y", "authful-mcp-proxy@0.2.0"]],
  ["by npx as setup writes it", "npx", ["-y", "--prefix", "/home/ada", "authful-mcp-proxy"]],
  ["by npx, in a home of this name", "npx", [
    "-y",
    "--prefix",
    "/srv/authful-mcp-proxy",
    "authful-mcp-proxy",
  ]],
  ["by npx on Windows", "cmd", ["/c", "npx", "-y", "authful-mcp-proxy"]],
  ["from JSR", "deno", ["run", "-A", "--unstable-kv", "jsr:@authful/mcp-proxy"]],
  ["from JSR, of one version", "deno", ["run", "-P", "jsr:@authful/mcp-proxy@^0.2"]],
  ["in a container", "docker", ["run", "-i", "--rm", "example.test/authful/authful-mcp-proxy:1"]],
  ["as this very program", selfCommand().command, [...selfCommand().args]],
];

for (const [name, command, before] of ways) {
  Deno.test(`an entry that starts the program ${name} is known`, () => {
    assert.deepEqual(ownArguments({ command, args: [...before, "tools", "--debug"] }), [
      "tools",
      "--debug",
    ]);
  });
}

Deno.test("entries of other programs are not taken for ours", () => {
  for (
    const [command, ...args] of [
      ["npx", "-y", "mcp-remote", "https://mcp.company.com/mcp"],
      ["uvx", "fastmcp-remote", "https://authful-mcp-proxy.test/mcp"],
      ["node", "/home/ada/not-authful-mcp-proxy/server.js"],
      ["deno", "run", "jsr:@authful/mcp-proxy-tools"],
      ["deno", "run", "my-jsr:@authful/mcp-proxy"],
      ["npx", "my-authful-mcp-proxy"],
      ["npx", "authful-mcp-proxy.executor"],
      ["authful-mcp-proxy.exe.sh", "tools"],
      ["authful-mcp-proxy.cmder", "tools"],
    ]
  ) {
    assert.equal(ownArguments({ command, args }), undefined, [command, ...args].join(" "));
  }
});
