import assert from "node:assert/strict";
import { systemConfigPath } from "../../src/settings/config_file.ts";
import { readSystemDocument } from "../../src/settings/system_config.ts";

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
