import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { serverJson } from "../../../scripts/package/server_json.ts";
import { options } from "../../../src/settings/options.ts";
import { assertMatchesSchema } from "./json_schema.ts";

const schema = "mcp-server-2025-12-11.json";
const entry = JSON.parse(serverJson());

Deno.test("server.json matches the MCP registry's schema", async () => {
  ok(entry.$schema.includes("2025-12-11"));
  await assertMatchesSchema(entry, schema);
});

Deno.test("the registry's schema refuses what is not an entry", async () => {
  await rejects(assertMatchesSchema({ ...entry, name: "no namespace" }, schema), /name/);
});

Deno.test("every variable of the option table is there, and secrets are marked", () => {
  for (const { environmentVariables } of entry.packages) {
    const names = environmentVariables.map((each: { name: string }) => each.name);
    const expected = Object.values(options).flatMap(({ env }) => env ?? [])
      .filter((env) => env !== "MCP_BACKEND_URL");
    deepEqual(names.toSorted(), expected.toSorted());
    const secret = environmentVariables.find((each: { name: string }) =>
      each.name === "OIDC_CLIENT_SECRET"
    );
    equal(secret.isSecret, true);
  }
});
