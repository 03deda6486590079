import { strictEqual } from "node:assert/strict";
import configuration from "../../deno.json" with { type: "json" };
import { version } from "../../src/base/version.ts";

Deno.test("the program and deno.json agree on the version", () => {
  strictEqual(version, configuration.version);
});
