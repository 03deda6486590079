import assert from "node:assert/strict";
import { banner } from "../../src/app/banner.ts";
import { version } from "../../src/base/version.ts";

const facts = {
  backendUrl: new URL("https://mcp.company.com/mcp"),
  issuer: "https://auth.company.com\n[31m",
  clientId: "tools",
  scopes: ["openid", "email"],
  cacheDir: "/home/ada/.mcp-auth",
  atTerminal: false,
};
const text = `authful-mcp-proxy ${version}
  backend    https://mcp.company.com/mcp
  issuer     https://auth.company.com [31m
  client id  tools
  scopes     openid email
  cache      /home/ada/.mcp-auth
`;

Deno.test("the banner says who is speaking, with which settings, each on one line", () => {
  assert.equal(banner(facts), text);
});

Deno.test("at a terminal, the banner says what it waits for and what there is for people", () => {
  assert.equal(
    banner({ ...facts, atTerminal: true }),
    `${text}waiting for the messages of an MCP client; for people there are authful-mcp-proxy ` +
      "setup, login and doctor\n",
  );
});
