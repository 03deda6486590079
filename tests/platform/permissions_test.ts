import { deepEqual, equal, ok } from "node:assert/strict";
import { neededPermissions, permissionFlags } from "../../src/platform/permissions.ts";

Deno.test("each permission has its reason", () => {
  equal(new Set(neededPermissions.map(({ name }) => name)).size, neededPermissions.length);
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
