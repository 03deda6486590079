import { dirname, join } from "node:path";
import { readKeychain } from "../../../credentials/encryption/keychain.ts";
import { listStoredIdentities } from "../../../credentials/stored_credentials.ts";
import { prepareCacheDirectory } from "../../../credentials/store/cache_directory.ts";
import { asProxyError, describe } from "../../../base/errors.ts";
import { cacheDirectory } from "../../../app/cache_directory.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

/** Whether credentials can be kept safely, and in the keychain when that is asked for. */
export async function checkStore({ resolved, os, env, log }: Examination): Promise<Finding[]> {
  const { settings } = resolved;
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, fix?: string) =>
    findings.push({ check: "store", verdict, found, fix });
  try {
    const cacheDir = cacheDirectory(settings.cacheDir, { os, env });
    if (await Deno.lstat(cacheDir).catch(() => undefined)) {
      await prepareCacheDirectory(cacheDir);
      await writeAndRemove(cacheDir);
      const stored = await listStoredIdentities({ cacheDir, log });
      const unreadable = stored.filter(({ identity }) => identity === undefined).length;
      add("ok", `${cacheDir} is yours alone; ${stored.length} stored`);
      if (unreadable > 0) {
        add(
          "warning",
          `${unreadable} of them cannot be decrypted: their key is lost or another one`,
          "sign in again, or forget them with authful-mcp-proxy logout --all",
        );
      }
    } else {
      await requireMakeable(cacheDir);
      add("ok", `${cacheDir} is made at the first sign-in`);
    }
  } catch (error) {
    const { category, what, fix } = asProxyError(error);
    if (category === "Internal error") {
      add(
        "failure",
        `credentials cannot be kept: ${describe(error)}`,
        "make the directory writable, or choose another one with --cache-dir (MCP_PROXY_CACHE_DIR)",
      );
    } else {
      add("failure", what, fix);
    }
  }
  if (settings.credentialEncryption === "keychain") {
    try {
      const key = await readKeychain();
      add("ok", key ? "the keychain holds the key" : "the keychain can be reached");
    } catch (error) {
      const { what, fix } = asProxyError(error);
      add("failure", what, fix);
    }
  } else {
    add("ok", `encryption at rest: ${settings.credentialEncryption}; the keychain is not used`);
  }
  return findings;
}

/** Makes and removes a directory beside the first one on the way that is not there yet. */
async function requireMakeable(path: string): Promise<void> {
  let parent = dirname(path);
  while (parent !== dirname(parent) && !await Deno.lstat(parent).catch(() => undefined)) {
    parent = dirname(parent);
  }
  const probe = join(parent, `.doctor-${crypto.randomUUID()}`);
  try {
    await Deno.mkdir(probe);
    await Deno.remove(probe);
  } catch (error) {
    // Whoever may write to this one path alone learns nothing of what is beside it.
    const isOurs = error instanceof Deno.errors.NotCapable && !error.message.includes(" all ");
    if (!isOurs) throw error;
  }
}

async function writeAndRemove(directory: string): Promise<void> {
  const path = join(directory, `.doctor-${crypto.randomUUID()}`);
  await Deno.writeTextFile(path, "", { createNew: true, mode: 0o600 });
  await Deno.remove(path);
}
