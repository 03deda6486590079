import { deepEqual, equal, ok } from "node:assert/strict";
import {
  neededPermissions,
  permissionFlags,
  usualPermissions,
} from "../../src/platform/permissions.ts";

Deno.test("each permission has its reason", () => {
  equal(new Set(neededPermissions.map(({ name }) => name)).size, neededPermissions.length);
  for (const { name, reason } of neededPermissions) ok(reason.length > 20, name);
});

Deno.test("who needs a permission, and which it is, is told for each", () => {
  deepEqual(neededPermissions.map(({ name, values, neededBy }) => [name, values, neededBy]), [
    ["net", undefined, "every start"],
    ["env", undefined, "every start"],
    ["read", undefined, "every start"],
    ["write", undefined, "every start"],
    ["sys", ["uid"], "every start"],
    ["run", undefined, "a sign-in in the browser"],
    ["ffi", undefined, "one option"],
  ]);
  deepEqual(permissionFlags(usualPermissions), [
    "--allow-net",
    "--allow-env",
    "--allow-read",
    "--allow-write",
    "--allow-sys=uid",
    "--allow-run",
  ]);
  deepEqual(permissionFlags().at(-1), "--allow-ffi");
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
