import { match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { targets } from "../../../scripts/build/targets.ts";
import { findRuntimePackages } from "../../../scripts/package/runtime_packages.ts";
import {
  collectLicenses,
  readLicense,
  thirdPartyLicensesPage,
} from "../../../scripts/package/third_party_licenses.ts";

const root = join(import.meta.dirname!, "..", "..", "..");

Deno.test("everything that is inside the executable declares a licence and holds its text", async () => {
  const packages = await findRuntimePackages(root);
  const target = targets.find(({ triple }) => triple === Deno.build.target)!;
  const licenses = await collectLicenses(root, { target, packages });
  const names = licenses.map(({ name }) => name.replace(/@[^@]+$/, ""));
  for (const name of ["Deno", "commander", "oauth4webapi", "@napi-rs/keyring", target.keyring]) {
    ok(names.includes(name), name);
  }
  ok(!names.includes("oidc-provider"), "what only tests use is not inside");
  for (const { name, text } of licenses) match(text, /copyright/i, name);
});

Deno.test("a text with fences of its own stays inside its fence", () => {
  const page = thirdPartyLicensesPage([{ name: "a@1", license: "MIT", text: "```\ncode\n```" }]);
  match(page, /\n````text\n```\ncode\n```\n````\n/);
});

Deno.test("a package without a licence text stops the release", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(directory, "package.json"), '{"license":"MIT"}');
    await rejects(
      readLicense({ name: "a", version: "1.0.0" }, directory),
      /Cannot collect the licence of a@1.0.0/,
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
