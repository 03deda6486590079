import assert from "node:assert/strict";
import { pathChain, unprotected } from "../../src/settings/protected_path.ts";

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
