import assert from "node:assert/strict";
import { createRedaction, redactReport } from "../../../src/cli/doctor/redact.ts";

Deno.test("a report for an issue names no host, account, client or home", () => {
  const redact = createRedaction({ home: "/home/ada", names: ["client-4711", ""] });
  const text = redact(
    "https://auth.company.com/realms/x refused client-4711 of ada.lovelace@company.com, " +
      "see /home/ada/.mcp-auth; https://auth.company.com:8443/y, https://mcp.company.com/mcp " +
      "and auth.company.com is 10.1.2.3, http://127.0.0.1:8080/auth/callback is free",
  );
  assert.equal(
    text,
    "https://host1.example/realms/x refused <redacted> of <account>, " +
      "see ~/.mcp-auth; https://host1.example:8443/y, https://host2.example/mcp " +
      "and host1.example is <address>, http://127.0.0.1:8080/auth/callback is free",
  );
});

Deno.test("a short name is hidden where it stands alone, and no part of a word", () => {
  const redact = createRedaction({ home: "/home/mcp", names: ["mcp", "p.q", "client"] });
  const rows = [
    ["the client id mcp is unknown", "the <redacted> id <redacted> is unknown"],
    ['aud "mcp", (mcp)', 'aud "<redacted>", (<redacted>)'],
    ["mcp-remote of mcps and my-mcp, mcp_proxy", "mcp-remote of mcps and my-mcp, mcp_proxy"],
    ["/home/mcp/.mcp-auth", "~/.mcp-auth"],
    ["p.q and pxq", "<redacted> and pxq"],
    ["clients", "<redacted>s"],
  ];
  for (const [text, wanted] of rows) assert.equal(redact(text!), wanted);
});

Deno.test("a report hides a home with backslashes, and hosts in front of their URL", () => {
  const report = { findings: ["auth.company.com has no address", "https://auth.company.com"] };
  const text = redactReport({ ...report, file: "C:\\Users\\ada\\cache.db" }, {
    home: "C:\\Users\\ada",
    names: [],
  });
  assert.deepEqual(JSON.parse(text), {
    findings: ["host1.example has no address", "https://host1.example"],
    file: "~\\cache.db",
  });
});

Deno.test("a report tells the versions of the program as they are", () => {
  const program = { deno: "2.9.6", v8: "15.0.245.2" };
  const text = redactReport({ program, found: "at 15.0.245.2" }, { home: undefined, names: [] });
  assert.deepEqual(JSON.parse(text), { program, found: "at <address>" });
});
