import { deepEqual, equal, ok } from "node:assert/strict";
import { options } from "../../src/cli/options.ts";
import { neededPermissions, permissionFlags } from "../../src/cli/permissions.ts";

Deno.test("every variable of the option table may be read, and each permission has its reason", () => {
  const allowed = neededPermissions.find(({ name }) => name === "env")!.values!;
  for (const { env } of Object.values(options)) if (env) ok(allowed.includes(env), env);
  equal(new Set(allowed).size, allowed.length);
  for (const { name, reason } of neededPermissions) ok(reason.length > 20, name);
});

Deno.test("permissions become the flags of `deno run`", () => {
  deepEqual(
    permissionFlags([
      { name: "net", neededBy: "every start", reason: "…" },
      { name: "env", values: ["A", "B"], neededBy: "every start", reason: "…" },
    ]),
    ["--allow-net", "--allow-env=A,B"],
  );
});
