import assert from "node:assert/strict";
import { parseUrlPattern } from "../../src/settings/url_pattern.ts";

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
    ["https://a.b.test/x(y)+z.w", ["https://a.b.test/x(y)+z.w"], [
      "https://a.bxtest/x(y)+z.w",
      "https://a.b.test/xyz.w",
      "https://a.b.test/x(y)+zxw",
    ]],
    ["HTTPS://MCP.Company.com", ["https://mcp.company.com/"], ["http://mcp.company.com/"]],
    ["https://a.test:443", ["https://a.test/"], ["https://a.test:80/", "http://a.test:443/"]],
    ["http://a.test:80", ["http://a.test/"], ["http://a.test:443/", "https://a.test:80/"]],
    ["https://a.test:80", ["https://a.test:80/"], ["https://a.test/"]],
    ["http://[2001:DB8::1]", ["http://[2001:db8::1]/"], ["http://[2001:db8::2]/"]],
  ];
  for (const [pattern, yes, no] of cases) {
    for (const url of yes) assert.ok(matches(pattern, url), `${pattern} is to match ${url}`);
    for (const url of no) assert.ok(!matches(pattern, url), `${pattern} is not to match ${url}`);
  }
  for (
    const text of [
      "company.com",
      " https://company.com",
      "https://company.com:123456",
      "https://company.com:",
      "https://company*",
      "https://a.b*.com",
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

Deno.test("a pattern is shown as it was written", () => {
  assert.equal(parseUrlPattern("HTTPS://*.A.test:*/x")?.text, "HTTPS://*.A.test:*/x");
});
