/**
 * `login` is there to store a credential: where that is not possible, nothing was achieved.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Company, startCompany } from "../../support/company.ts";
import { runProgram } from "../../support/program.ts";

const posix = Deno.build.os !== "windows";
const root = posix && Deno.uid() === 0;

function login(company: Company, ...args: string[]) {
  return runProgram(company.settings({ args: ["login", company.gateway.url.href, ...args] }));
}

Deno.test({
  name: "login says before it opens a tab that the credential cannot be stored, exit 1",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using company = await startCompany();
    const { code, stdout, stderr } = await login(company, "--cache-dir", "/proc/x");
    assert.equal(code, 1, stderr);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^System error: the credential store \/proc\/x\/cache\.db is unusable \(.+\): a sign-in would be lost .*\. Fix: make the directory writable .*, or name another directory with --cache-dir\.$/m,
    );
    assert.doesNotMatch(stderr, /renewal|✓|in memory/);
    assert.equal(company.browser.count(), 0);
  },
});

Deno.test("login beside a store of a newer version says so, exit 1", async () => {
  await using company = await startCompany();
  const cacheDir = join(company.home.path, "cache");
  await Deno.mkdir(cacheDir, { mode: 0o700 });
  using kv = await Deno.openKv(join(cacheDir, "cache.db"));
  await kv.set(["schema"], new TextEncoder().encode("99"));
  kv.close();
  const { code, stderr } = await login(company, "--cache-dir", cacheDir);
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    /newer version of this program \(layout 99\).* Fix: install that version, or/,
  );
  assert.equal(company.browser.count(), 0);
});

Deno.test({
  name: "login in a read-only directory says so before it opens a tab, exit 1",
  ignore: !root || Deno.build.os !== "linux",
  async fn() {
    await using company = await startCompany();
    const cacheDir = join(company.home.path, "cache");
    using _mounted = mountAt(cacheDir, "ro");
    const { code, stderr } = await login(company, "--cache-dir", cacheDir);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^System error: the credential store .* is unusable \(.*read-?only/im);
    assert.equal(company.browser.count(), 0);
  },
});

Deno.test({
  name: "login on a disk that gets full meanwhile says so in the tab and as its result, exit 1",
  ignore: !root || Deno.build.os !== "linux",
  async fn() {
    await using company = await startCompany();
    const cacheDir = join(company.home.path, "cache");
    using _mounted = mountAt(cacheDir, "size=1m");
    const running = login(company, "--cache-dir", cacheDir);
    const tab = await company.person.openTab(await company.browser.opened());
    fill(join(cacheDir, "ballast"));
    const page = await company.person.visit(tab);
    const { code, stderr } = await running;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^System error: the credential store .* is unusable \(.*full/m);
    assert.doesNotMatch(stderr, /renewal|✓/);
    assert.doesNotMatch(page.html, /signed in as/i);
  },
});

Deno.test({
  name: "login whose store is deleted meanwhile says so, exit 1",
  ignore: !posix,
  async fn() {
    await using company = await startCompany();
    const cacheDir = join(company.home.path, "cache");
    const running = login(company, "--cache-dir", cacheDir);
    const tab = await company.person.openTab(await company.browser.opened());
    await Deno.remove(cacheDir, { recursive: true });
    await company.person.visit(tab);
    const { code, stderr } = await running;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^System error: the credential store .*: a sign-in would be lost/m);
  },
});

/** A file system of its own at this place. */
function mountAt(directory: string, options: string): Disposable {
  Deno.mkdirSync(directory, { mode: 0o700 });
  const run = (command: string, ...args: string[]) => {
    const { success, stderr } = new Deno.Command(command, { args, stdout: "null" }).outputSync();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  run("mount", "-t", "tmpfs", "-o", `${options},mode=0700`, "tmpfs", directory);
  return { [Symbol.dispose]: () => run("umount", "-l", directory) };
}

/** Takes all room that is left. */
function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  for (const bytes of [new Uint8Array(4096), new Uint8Array(1)]) {
    try {
      for (;;) file.writeSync(bytes);
    } catch {
      // Full.
    }
  }
}
