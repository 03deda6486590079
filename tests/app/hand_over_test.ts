import assert from "node:assert/strict";
import { resolve } from "node:path";
import { handOver } from "../../src/app/hand_over.ts";
import type { LeftSignIn } from "../../src/credentials/leave_sign_in.ts";
import type { FlagTexts } from "../../src/settings/options.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { recordLog } from "../support/recorded_log.ts";

interface Given {
  flags?: FlagTexts;
  /** What the source says of the sign-in that it leaves. */
  left?: LeftSignIn | Error;
  variables?: Record<string, string>;
}

/** Hands over, and says with which task, and how that ended. */
async function hand({ flags = {}, left, variables = {} }: Given) {
  const { settings, texts } = await resolveSettings({
    flags,
    getEnv: () => undefined,
    readTextFile: () => Promise.resolve(""),
  });
  const tasks: unknown[] = [];
  const { log, lines } = recordLog();
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    const isHandedOver = await handOver(settings, {
      texts,
      source: {
        leave(task) {
          tasks.push(task);
          return left instanceof Error ? Promise.reject(left) : Promise.resolve(left);
        },
      },
      cacheDir: "cache",
      log,
    });
    return { isHandedOver, tasks, lines };
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

const taken: LeftSignIn = { digest: "d".repeat(64), isTaken: () => Promise.resolve(true) };

Deno.test("without a sign-in that can be left, and where leaving it fails, nobody stands by", async () => {
  assert.equal((await hand({})).isHandedOver, false);
  assert.deepEqual((await hand({ left: new Error("locked") })).isHandedOver, false);
});

Deno.test("a process that stands by already is enough", async () => {
  const { isHandedOver, lines } = await hand({ left: taken });
  assert.equal(isHandedOver, true);
  assert.deepEqual(lines, [], "nobody is told once more");
});

Deno.test({
  name: "where the program may not start itself, nothing is left",
  permissions: { read: true, env: true, run: false, sys: true },
  async fn() {
    const { isHandedOver, tasks } = await hand({ left: taken });
    assert.deepEqual([isHandedOver, tasks], [false, []]);
  },
});

Deno.test("the task has the settings as they were written, with files where they are", async () => {
  const flags: FlagTexts = {
    backendUrl: "https://mcp.test/",
    oidcIssuerUrl: "https://auth.test",
    oidcClientId: "client",
    oidcClientSecretFile: "secret.txt",
    caCerts: " a.pem \n/etc/b.pem\n",
    envFile: "x.env",
  };
  const { tasks: [task] } = await hand({ left: taken, flags });
  const { texts } = task as { texts: FlagTexts };
  assert.deepEqual(texts, {
    backendUrl: "https://mcp.test/",
    oidcIssuerUrl: "https://auth.test",
    oidcClientId: "client",
    oidcClientSecretFile: resolve("secret.txt"),
    caCerts: `${resolve("a.pem")}\n/etc/b.pem\n`,
  });
});

const identified: FlagTexts = {
  backendUrl: "https://mcp.test/",
  oidcIssuerUrl: "https://auth.test",
  oidcClientId: "client",
  headers: "X-Key: ${HAND_OVER_KEY}",
};

Deno.test("the task has the variables of proxies, and those of header fields where the backend is asked", async () => {
  const variables = { HAND_OVER_KEY: "key-of-this-test", HAND_OVER_PROXY: "http://proxy.test:1" };
  const given = async (flags: FlagTexts) => {
    const { tasks: [task] } = await hand({ left: taken, flags, variables });
    const { variables: found } = task as { variables: Record<string, string> };
    return [found.HAND_OVER_KEY, found.HAND_OVER_PROXY, Object.keys(found).includes("PATH")];
  };
  assert.deepEqual(await given(identified), [undefined, variables.HAND_OVER_PROXY, false]);
  const { oidcClientId: _, ...open } = identified;
  assert.deepEqual(await given(open), [variables.HAND_OVER_KEY, variables.HAND_OVER_PROXY, false]);
});
