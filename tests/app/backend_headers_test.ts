import assert from "node:assert/strict";
import { backendHeaders } from "../../src/app/backend_headers.ts";
import type { ProxyError } from "../../src/base/errors.ts";
import { redact } from "../../src/base/redactor.ts";
import { parseHeaders, SettingValueError } from "../../src/settings/values.ts";

const read = (headers: string, file?: string, env: Record<string, string> = {}) =>
  backendHeaders({
    headers: parseHeaders(headers),
    headerFile: file === undefined ? undefined : "headers.txt",
    getEnv: (name) => env[name],
    readTextFile: () => Promise.resolve(file ?? assert.fail()),
  });

Deno.test("fields come from the flag and the file, the flag first, with variables", async () => {
  assert.deepEqual(
    await read("X-A: 1\nx-key:  ${KEY}-${KEY}", "# comment\nX-A: 2\r\n\nX-B: b: c\n", { KEY: "k" }),
    { "x-a": "1", "x-key": "k-k", "x-b": "b: c" },
  );
});

for (
  const name of [
    "Authorization",
    "MCP-Session-Id",
    "Content-Type",
    "accept",
    "HOST",
    "Cookie",
    "Last-Event-ID",
  ]
) {
  Deno.test(`a field ${name} is refused, without its value`, () => {
    assert.throws(() => parseHeaders(`${name}: s3cret`), (error: Error) => {
      assert(error instanceof SettingValueError);
      assert(error.message.includes(name) && !error.message.includes("s3cret"));
      return true;
    });
  });
}

for (const line of ["no colon", "a b: c", ": x", "X: a\u2028b"]) {
  Deno.test(`${JSON.stringify(line)} is no field`, () => {
    assert.throws(() => parseHeaders(line), SettingValueError);
  });
}

for (
  const [name, headers, file, env, message] of [
    ["a variable that is not set", "X: ${NO}", undefined, {}, /the variable NO, which is not set/],
    ["a variable with a line break", "X: ${V}", undefined, { V: "a\r\nb" }, /the variable V has/],
    ["a bad line in the file", "", "bad", {}, /a line of headers.txt must have the form/],
  ] as const
) {
  Deno.test(`${name} is a configuration error`, async () => {
    await assert.rejects(() => read(headers, file, env), (error: ProxyError) => {
      assert.equal(error.reason, "invalid_setting");
      assert.match(error.message, /^Configuration error: /);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("values that are secret are taken out of texts, with and without their scheme", async () => {
  await read(
    "X-Api-Auth: Bearer s3cret-of-the-flag\nX-Plain: no-secret-at-all",
    "X-B: s3cret-of-file",
  );
  await read("X-C: a ${KEY}", undefined, { KEY: "s3cret-of-the-variable" });
  assert.equal(
    redact("s3cret-of-the-flag, s3cret-of-file, s3cret-of-the-variable, no-secret-at-all"),
    "[redacted], [redacted], [redacted], no-secret-at-all",
  );
});
