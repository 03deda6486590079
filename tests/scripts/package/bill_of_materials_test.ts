import { deepEqual, equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { billOfMaterials, purl } from "../../../scripts/package/bill_of_materials.ts";
import { runtimePackages } from "../../../scripts/package/runtime_packages.ts";

const integrity = (byte: number) => `sha512-${Buffer.alloc(64, byte).toString("base64")}`;

const packages = runtimePackages({
  info: {
    modules: [{}, { npmPackage: "direct@1.0.0_peer@9.0.0" }],
    npmPackages: {
      "direct@1.0.0_peer@9.0.0": {
        name: "direct",
        version: "1.0.0",
        dependencies: ["nested@2.0.0"],
        localPath: "/cache/direct",
      },
      "nested@2.0.0": { name: "nested", version: "2.0.0", dependencies: [] },
      "only-for-tests@3.0.0": { name: "only-for-tests", version: "3.0.0", dependencies: [] },
    },
  },
  lock: {
    npm: {
      "direct@1.0.0_peer@9.0.0": { integrity: integrity(1) },
      "nested@2.0.0": { integrity: integrity(2) },
      "only-for-tests@3.0.0": { integrity: integrity(3) },
      "@napi-rs/keyring@2.1.2": { integrity: integrity(4) },
      "@napi-rs/keyring-linux-x64-gnu@2.1.2": { integrity: integrity(5) },
      "@napi-rs/keyring-freebsd-x64@2.1.2": { integrity: integrity(6) },
    },
  },
});

Deno.test("what is inside: imported packages, theirs, and the add-ons of the targets", () => {
  deepEqual(packages.map(({ name, version }) => `${name}@${version}`), [
    "@napi-rs/keyring@2.1.2",
    "@napi-rs/keyring-linux-x64-gnu@2.1.2",
    "direct@1.0.0",
    "nested@2.0.0",
  ]);
});

Deno.test("the bill of materials is valid CycloneDX 1.6 with checksums and dependencies", async () => {
  const text = billOfMaterials({
    packages: packages.map((each) => ({ ...each, license: "MIT OR Apache-2.0" })),
    deno: "2.9.6",
    commit: "c0ffee",
    date: new Date("2026-11-23T09:00:00Z"),
  });
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  equal(await validator.validate(text), null);

  const bill = JSON.parse(text);
  const nested = bill.components.find((each: { name: string }) => each.name === "nested");
  equal(nested.hashes[0].content, "02".repeat(64));
  const dependsOn = (ref: string) =>
    bill.dependencies.find((each: { ref: string }) => each.ref === ref).dependsOn;
  deepEqual(dependsOn("pkg:npm/direct@1.0.0"), ["pkg:npm/nested@2.0.0"]);
  const roots: string[] = dependsOn(bill.metadata.component["bom-ref"]);
  ok(roots.includes("pkg:npm/direct@1.0.0"));
  ok(!roots.includes("pkg:npm/nested@2.0.0"));
});

Deno.test("the validator refuses what is not a bill of materials", async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  ok(await validator.validate('{"bomFormat":"CycloneDX","specVersion":"1.6","components":1}'));
});

Deno.test("scopes are encoded in package URLs", () => {
  equal(purl({ name: "@napi-rs/keyring", version: "2.1.2" }), "pkg:npm/%40napi-rs/keyring@2.1.2");
});
