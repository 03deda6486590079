import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { unpackExtension } from "@anthropic-ai/mcpb";
import { validateManifest } from "@anthropic-ai/mcpb/node";
import { targets } from "../../../scripts/build/targets.ts";
import { bundleFiles, bundleManifest, bundleName } from "../../../scripts/package/mcpb_bundle.ts";
import { zip } from "../../../scripts/package/zip.ts";
import { options } from "../../../src/settings/options.ts";

const packaging = new URL("../../../packaging/", import.meta.url);

/** Runs one of mcpb's functions and returns what it printed with its result. */
async function quietly<T>(action: () => T | Promise<T>): Promise<{ result: T; printed: string }> {
  const { log, error } = console;
  const printed: string[] = [];
  console.log = console.error = (...parts: unknown[]) => void printed.push(parts.join(" "));
  try {
    return { result: await action(), printed: printed.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

for (const target of targets) {
  Deno.test(`mcpb accepts and unpacks the bundle for ${target.os}-${target.cpu}`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const files = bundleFiles(target, {
        executable: new Uint8Array([1, 2, 3]),
        icon: await Deno.readFile(new URL("icon/icon.png", packaging)),
        license: "licence",
        thirdPartyLicenses: "licences",
      });
      const mcpbPath = join(directory, bundleName(target));
      await Deno.writeFile(mcpbPath, await zip(files, { date: new Date("2026-11-23T00:00:00Z") }));
      const outputDir = join(directory, "unpacked");
      const unpacked = await quietly(() => unpackExtension({ mcpbPath, outputDir, silent: true }));
      ok(unpacked.result, unpacked.printed);
      const validated = await quietly(() => validateManifest(join(outputDir, "manifest.json")));
      ok(validated.result, validated.printed);
      const entry = JSON.parse(await Deno.readTextFile(join(outputDir, "manifest.json"))).server
        .entry_point;
      equal((await Deno.readFile(join(outputDir, entry))).length, 3);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("mcpb refuses a manifest without its server", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const { server: _, ...broken } = bundleManifest(targets[0]!);
    await Deno.writeTextFile(path, JSON.stringify(broken));
    equal((await quietly(() => validateManifest(path))).result, false);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("the form asks for all that a person needs, the secret as a secret", () => {
  const manifest = bundleManifest(targets[0]!) as {
    user_config: Record<string, { required: boolean; sensitive?: boolean }>;
    server: { mcp_config: { args: string[]; env: Record<string, string> } };
  };
  const { user_config: form, server } = manifest;
  deepEqual(
    Object.keys(form).filter((key) => form[key]!.required),
    ["backend_url", "issuer_url", "client_id"],
  );
  deepEqual(Object.keys(form).filter((key) => form[key]!.sensitive), ["client_secret"]);
  deepEqual(server.mcp_config.args, ["${user_config.backend_url}"]);
  equal(server.mcp_config.env[options.oidcClientSecret.env!], "${user_config.client_secret}");
  // Every field reaches the program.
  const used = JSON.stringify(server.mcp_config);
  for (const key of Object.keys(form)) ok(used.includes(`\${user_config.${key}}`), key);
});
