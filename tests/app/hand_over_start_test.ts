/**
 * The process that is started to go on with a sign-in, on a system that only takes notes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { handOver } from "../../src/app/hand_over.ts";
import { ownCommand } from "../../src/platform/own_command.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { recordLog } from "../support/recorded_log.ts";

interface Given {
  /** How often it is asked in vain whether the other process is there; for ever by default. */
  looks?: number;
  /** Whether the other process ends at once, or cannot be started at all. */
  ends?: boolean;
  isUnstartable?: boolean;
}

/** Hands a sign-in over on a clock; what was started, what was logged, and how it ended. */
async function hand({ looks = Infinity, ends = false, isUnstartable = false }: Given) {
  using time = new FakeTime();
  const { Command } = Deno;
  const started: { command: string; options: Deno.CommandOptions }[] = [];
  let unrefs = 0;
  let asked = 0;
  class Noting {
    constructor(command: string, options: Deno.CommandOptions) {
      started.push({ command, options });
    }
    spawn() {
      if (isUnstartable) throw new Error("no such program");
      return {
        unref: () => void unrefs++,
        status: ends ? Promise.resolve() : new Promise(() => {}),
      };
    }
  }
  const { settings, texts } = await resolveSettings({
    flags: { credentialEncryption: "none", oidcIssuerUrl: "https://auth.test", oidcClientId: "c" },
    getEnv: () => undefined,
    readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
  });
  const { log, lines } = recordLog();
  Object.assign(Deno, { Command: Noting });
  try {
    let isThere: boolean | undefined;
    handOver(settings, {
      texts,
      source: {
        leave: () =>
          Promise.resolve({
            digest: "the-digest",
            isTaken: () => Promise.resolve(asked++ >= looks),
          }),
      },
      cacheDir: "cache",
      log,
    }).then((found) => isThere = found);
    const began = time.now;
    let took: number | undefined;
    for (let at = 0; at < 12_000 && took === undefined; at += 20) {
      await time.pass(at === 0 ? 0 : 20);
      if (isThere !== undefined) took = time.now - began;
    }
    return { isThere, took, asked, started, unrefs, lines };
  } finally {
    Object.assign(Deno, { Command });
  }
}

Deno.test("a process of the program itself goes on, told where and with what, without our variables", async () => {
  const { isThere, took, started: [{ command, options }], unrefs, lines } = await hand({
    looks: 3,
  });
  const own = ownCommand({ keychain: false })!;
  assert.equal(isThere, true);
  assert.equal(took, 40, "it is looked every 20 ms");
  assert.equal(command, own.command);
  const directory = resolve("cache");
  assert.deepEqual(options.args, [
    ...own.args,
    "--finish-sign-in",
    directory,
    "none",
    "the-digest",
  ]);
  const { cwd, clearEnv, stdin, stdout, stderr, detached, env } = options;
  assert.deepEqual({ cwd, clearEnv, stdin, stdout, stderr, detached, unrefs }, {
    cwd: directory,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
    unrefs: 1,
  });
  assert.equal(env?.PATH, Deno.env.get("PATH"));
  assert.deepEqual(lines, [
    "[info] another process goes on with the sign-in in the background",
  ]);
});

Deno.test("a process that does not come within ten seconds is given up", async () => {
  const { isThere, took, asked, lines } = await hand({});
  assert.deepEqual([isThere, took, asked, lines], [false, 10_000, 501, []]);
});

Deno.test("a process that has ended, or could not be started, is not waited for", async () => {
  const ended = await hand({ ends: true });
  assert.deepEqual([ended.isThere, ended.lines], [false, []]);
  assert.ok(ended.took! <= 40, `${ended.took} ms`);
  const none = await hand({ isUnstartable: true });
  assert.deepEqual([none.isThere, none.started.length, none.lines], [false, 1, []]);
});

Deno.test({
  name: "only what another program needs to find its files is handed on",
  // Where these variables mean something, nobody may change them.
  ignore: Deno.build.os === "windows",
  async fn() {
    const names = ["LOCALAPPDATA", "SystemDrive", "HAND_OVER_TEST_SECRET", "HAND_OVER_TEST_PROXY"];
    assert.ok(names.every((name) => Deno.env.get(name) === undefined));
    try {
      for (const name of names) Deno.env.set(name, `value of ${name}`);
      Deno.env.delete("SystemDrive");
      const { started: [{ options: { env } }] } = await hand({ looks: 2 });
      assert.deepEqual(names.map((name) => env![name]), [
        "value of LOCALAPPDATA",
        undefined,
        undefined,
        undefined,
      ]);
    } finally {
      for (const name of names) Deno.env.delete(name);
    }
  },
});
