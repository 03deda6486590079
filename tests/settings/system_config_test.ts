import assert from "node:assert/strict";
import { systemConfigPath } from "../../src/settings/config_file.ts";
import { readSystemDocument } from "../../src/settings/system_config.ts";
import { pathChain, unprotected } from "../../src/settings/protected_path.ts";
import { parseUrlPattern } from "../../src/settings/url_pattern.ts";

Deno.test("the system file lies where only an administrator can write, on every platform", () => {
  const at = (os: string, env: Record<string, string> = {}) =>
    systemConfigPath({ os, env: (name) => env[name] });
  assert.equal(at("linux"), "/etc/authful-mcp-proxy/config.json");
  assert.equal(at("darwin"), "/Library/Application Support/authful-mcp-proxy/config.json");
  const program = "authful-mcp-proxy\\config.json";
  assert.equal(at("windows"), `C:\\Program Files\\${program}`);
  assert.equal(at("windows", { ProgramFiles: "D:\\Programme" }), `D:\\Programme\\${program}`);
  assert.equal(at("windows", { ProgramFiles: "D:\\Programme\\" }), `D:\\Programme\\${program}`);
  assert.equal(
    at("windows", { ProgramFiles: "relative" }),
    `C:\\Program Files\\${program}`,
    "it would depend on where a client starts the program",
  );
});

Deno.test("what is above a file begins with the root", () => {
  assert.deepEqual(pathChain("/Library/Application Support/authful-mcp-proxy/config.json"), [
    "/",
    "/Library",
    "/Library/Application Support",
    "/Library/Application Support/authful-mcp-proxy",
    "/Library/Application Support/authful-mcp-proxy/config.json",
  ]);
});

Deno.test("a path is protected when root owns it and nobody else may write", () => {
  const info = (mode: number, uid = 0, isSymlink = false) => unprotected({ mode, uid, isSymlink });
  for (const mode of [0o100644, 0o100600, 0o040755, 0o041755, 0o100444]) {
    assert.equal(info(mode), undefined, mode.toString(8));
  }
  assert.equal(info(0o100644, 501), "belongs to user 501, and not to root");
  assert.equal(info(0o100664), "can be written by its group");
  assert.equal(info(0o100646), "can be written by everybody");
  assert.equal(info(0o041777), "can be written by its group and everybody", "sticky or not");
  assert.equal(info(0o120777, 0, true), "is a symbolic link");
});

Deno.test("a pattern stands for hosts and paths, and never reaches beyond its part of the URL", () => {
  const matches = (pattern: string, url: string) => parseUrlPattern(pattern)!.matches(new URL(url));
  const cases: [pattern: string, yes: string[], no: string[]][] = [
    ["https://mcp.company.com", [
      "https://mcp.company.com/",
      "https://MCP.company.com:443/any/path?tenant=1",
    ], [
      "http://mcp.company.com/",
      "https://mcp.company.com:8443/",
      "https://mcp.company.com.evil.test/",
      "https://mcpxcompany.com/",
    ]],
    ["https://*.company.com", ["https://a.company.com/x", "https://a.b.company.com/"], [
      "https://company.com/",
      "https://evilcompany.com/",
      "https://evil.test/.company.com",
      "https://evil.test?.company.com",
      "https://evil.test/#.company.com",
      "https://a.company.com.evil.test/",
    ]],
    ["https://mcp.company.com/tools/*", ["https://mcp.company.com/tools/a/b"], [
      "https://mcp.company.com/tools",
      "https://mcp.company.com/tools/../admin",
      "https://mcp.company.com/other/tools/a",
    ]],
    ["https://auth.company.com/realms/a", ["https://auth.company.com/realms/a"], [
      "https://auth.company.com/realms/ab",
      "https://auth.company.com/realms/a/",
      "https://auth.company.com/realms/A",
    ]],
    ["http://127.0.0.1:*", ["http://127.0.0.1:8080/mcp", "http://127.0.0.1/"], [
      "https://127.0.0.1:8080/mcp",
      "http://127.0.0.11:8080/mcp",
    ]],
    ["http://[::1]:81/", ["http://[::1]:81/"], ["http://[::1]/", "http://[::1]:81/a"]],
    ["https://*", ["https://a.test/", "https://a.b.test/x"], ["http://a.test/"]],
    ["https://a.test/x.y", ["https://a.test/x.y"], ["https://a.test/xzy"]],
  ];
  for (const [pattern, yes, no] of cases) {
    for (const url of yes) assert.ok(matches(pattern, url), `${pattern} is to match ${url}`);
    for (const url of no) assert.ok(!matches(pattern, url), `${pattern} is not to match ${url}`);
  }
  for (
    const text of [
      "company.com",
      "*",
      "*://company.com",
      "ftp://company.com",
      "https://",
      "https://*company.com",
      "https://user@company.com",
      "https://company.com?x",
      "https://company.com/#x",
    ]
  ) {
    assert.equal(parseUrlPattern(text), undefined, text);
  }
});

Deno.test({
  name: "a system file that others than root could change is not used",
  ignore: Deno.build.os === "windows",
  async fn() {
    // Everybody can write to the directory for temporary files.
    const path = await Deno.makeTempFile();
    try {
      await assert.rejects(readSystemDocument(path, { os: "linux" }), {
        reason: "unprotected_config_file",
      });
    } finally {
      await Deno.remove(path);
    }
  },
});
