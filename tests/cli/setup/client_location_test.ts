import assert from "node:assert/strict";
import { clientLocation } from "../../../src/cli/setup/client_location.ts";
import { clients } from "../../../src/cli/setup/clients.ts";
import { UsageError } from "../../../src/base/usage_error.ts";

const machine = {
  os: "linux",
  cwd: "/work",
  env: (name: string) => name === "HOME" ? "/home/ada" : undefined,
  namesIn: () => [],
};
const [cursor, windsurf] = ["cursor", "windsurf"].map((id) =>
  clients.find((client) => client.id === id)!
);
const at = (client: typeof cursor, flags: Record<string, string>) =>
  clientLocation(client, flags, machine);

Deno.test("setup writes the file that is named, else the project's, else the person's own", () => {
  assert.equal(at(cursor, {}), "/home/ada/.cursor/mcp.json");
  assert.equal(at(cursor, { scope: "user" }), "/home/ada/.cursor/mcp.json");
  assert.equal(at(cursor, { scope: "project" }), "/work/.cursor/mcp.json");
  assert.equal(at(cursor, { scope: "project", file: "x.json" }), "x.json");
  assert.equal(at(windsurf, { scope: "user" }), "/home/ada/.codeium/windsurf/mcp_config.json");
  assert.equal(at(windsurf, { file: "" }), "");
});

Deno.test("a client without projects has no file of one", () => {
  assert.throws(() => at(windsurf, { scope: "project" }), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.what, "Windsurf keeps no servers in projects");
    assert.equal(
      error.fix,
      "leave --scope project out, or name the file with --file, or see authful-mcp-proxy setup --help",
    );
    return true;
  });
});

Deno.test("the machine is this one unless another one is meant", () => {
  const inspector = clients.find(({ inCurrentDirectory }) => inCurrentDirectory)!;
  assert.ok(clientLocation(inspector, {}).startsWith(Deno.cwd()));
});
