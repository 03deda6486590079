import assert from "node:assert/strict";
import { join } from "node:path";
import { backendMemory, createAccess } from "../../src/app/access.ts";
import { createLog } from "../../src/base/log.ts";
import type { BackendMemory } from "../../src/bridge/start/backend_memory.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import {
  copyFrozenStore,
  frozenProgram,
  type FrozenStoreFixture,
  frozenVersions,
  readFrozenStore,
} from "../support/frozen_versions.ts";
import { createHome } from "../support/home.ts";
import { repository } from "../support/paths.ts";
import { runProgram } from "../support/program.ts";
import { bytes } from "./memory_room.ts";

/** The memory of a frozen account, as a program of today opens it. */
async function withMemory(
  { store, home }: { store: FrozenStoreFixture; home: string },
  use: (memory: BackendMemory) => Promise<void>,
): Promise<void> {
  const { env, remembered } = store.accounts["signed-in"];
  const variables: Record<string, string> = {
    ...env,
    MCP_BACKEND_URL: remembered!.backend,
    MCP_PROXY_CACHE_DIR: join(home, ".mcp-auth", "authful-mcp-proxy"),
    MCP_PROXY_CREDENTIAL_ENCRYPTION: store.encryption,
  };
  const { settings } = await resolveSettings({
    flags: {},
    getEnv: (name) => variables[name],
    readTextFile: (path) => Deno.readTextFile(path),
  });
  const warnings: string[] = [];
  const log = createLog({ level: "warn", write: (line) => warnings.push(line) });
  const { source } = createAccess(settings, log);
  try {
    await use(backendMemory(settings, { source, headers: {}, log }));
  } finally {
    await source.close();
  }
  assert.deepEqual(warnings, []);
}

async function assertRemembered(store: FrozenStoreFixture): Promise<void> {
  await using home = await createHome();
  await copyFrozenStore(store, home.path);
  const { remembered } = store.accounts["signed-in"];
  await withMemory({ store, home: home.path }, async (memory) => {
    for (const { key, result } of remembered!.answers) {
      assert.deepEqual(await memory.recall(key), { result: bytes(result), at: store.writtenAt });
    }
    assert.deepEqual(await memory.recallVerdict(), { ...remembered!.verdict, at: store.writtenAt });
  });
}

async function writeToday(home: string, encryption: string): Promise<FrozenStoreFixture> {
  const directory = join(home, encryption);
  const script = join(repository, "scripts", "freeze", "write_store.ts");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, directory, encryption],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return readFrozenStore(directory);
}

for (const { version, stores } of frozenVersions) {
  const remembering = stores.filter(({ encryption, accounts }) =>
    encryption !== "keychain" && accounts["signed-in"].remembered !== undefined
  );
  for (const store of remembering) {
    Deno.test(`what a backend said to ${version} is remembered (encryption ${store.encryption})`, () =>
      assertRemembered(store));
  }
}

for (const encryption of ["file", "none"]) {
  Deno.test(`what is kept of a backend for good is what today's program remembers (encryption ${encryption})`, async () => {
    await using home = await createHome();
    await assertRemembered(await writeToday(home.path, encryption));
  });
}

for (const version of frozenVersions) {
  Deno.test(`logout of ${version.version} leaves nothing that can be read of what a backend said`, async () => {
    await using home = await createHome();
    const store = await writeToday(home.path, "file");
    for (const args of [["logout"], ["logout", "--all"]]) {
      await using other = await createHome();
      await copyFrozenStore(store, other.path);
      const { code, stderr } = await runProgram({
        home: other.path,
        args,
        command: frozenProgram(version),
        env: store.accounts["signed-in"].env,
      });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Removed the credential/);
      await withMemory({ store, home: other.path }, async (memory) => {
        assert.equal(await memory.isEmpty(), true);
      });
    }
  });
}
