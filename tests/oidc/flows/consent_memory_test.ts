import assert from "node:assert/strict";
import type { ProviderNotes } from "../../../src/base/provider_notes.ts";
import { consentMemory } from "../../../src/oidc/flows/consent_memory.ts";

type Connection = Parameters<typeof consentMemory>[0];

/** Notes in memory, of which either half may fail. */
function notesWith(value: unknown, broken: { read?: boolean; write?: boolean } = {}) {
  const written: unknown[][] = [];
  const asked: string[] = [];
  const notes: ProviderNotes = {
    remove: () => Promise.reject(new Error("nothing is to be removed")),
    read: (name) => {
      asked.push(name);
      return broken.read ? Promise.reject(new Error("no disk")) : Promise.resolve(value);
    },
    write: (...given) => {
      written.push(given);
      return broken.write ? Promise.reject(new Error("no disk")) : Promise.resolve();
    },
  };
  return { notes, written, asked };
}

function memoryOf(
  { server = {}, notes, scopes = ["openid", "offline_access"], prompt, more }: {
    server?: Record<string, unknown>;
    notes?: ProviderNotes;
    scopes?: string[];
    prompt?: string;
    more?: Record<string, string>;
  },
) {
  return consentMemory({
    server: { issuer: "https://auth.test", scopes_supported: ["offline_access"], ...server },
    options: {
      issuerUrl: new URL("https://auth.test/realm"),
      clientId: "client",
      scopes,
      notes,
      authorizationParameters: prompt === undefined ? more : { prompt },
    },
  } as unknown as Connection);
}

const name = "consent https://auth.test/realm client";

Deno.test("what came of asking before decides what is asked now", async () => {
  for (
    const [noted, ask, retry] of [
      [undefined, false, true],
      [true, true, true],
      [false, false, false],
      ["yes", false, true],
    ]
  ) {
    const { notes, asked } = notesWith(noted);
    const memory = await memoryOf({ notes });
    assert.deepEqual([memory.ask, memory.retry], [ask, retry], String(noted));
    assert.deepEqual(asked, [name]);
  }
});

Deno.test("without notes, or with some that cannot be read, it is the first time", async () => {
  for (const notes of [undefined, notesWith(true, { read: true }).notes]) {
    const memory = await memoryOf({ notes });
    assert.deepEqual([memory.ask, memory.retry], [false, true]);
    await memory.remember(true);
  }
});

Deno.test("asking is of use where it may bring a refresh token, and nobody is asked otherwise", async () => {
  const rows: [Parameters<typeof memoryOf>[0], isOfUse: boolean][] = [
    [{}, true],
    [{ scopes: ["openid"] }, false],
    [{ server: { scopes_supported: ["openid"] } }, false],
    [{ server: { scopes_supported: undefined } }, false],
    [{ server: { grant_types_supported: ["authorization_code"] } }, false],
    [{ server: { grant_types_supported: ["refresh_token"] } }, true],
    [{ more: {} }, true],
    [{ prompt: "" }, true],
    [{ prompt: "login" }, true],
    [{ prompt: "login consent" }, false],
    [{ prompt: "consent login" }, false],
    [{ prompt: "none" }, false],
  ];
  for (const [given, isOfUse] of rows) {
    const { notes, asked } = notesWith(true);
    const memory = await memoryOf({ ...given, notes });
    assert.deepEqual([memory.ask, memory.retry], [isOfUse, isOfUse], JSON.stringify(given));
    assert.equal(asked.length, isOfUse ? 1 : 0);
  }
});

Deno.test("only what is new is noted, for as long as it is worth", async () => {
  const { notes, written } = notesWith(true);
  const memory = await memoryOf({ notes });
  await memory.remember(true);
  assert.deepEqual(written, []);
  await memory.remember(false);
  await memory.remember(false, 1_000);
  assert.deepEqual(written, [[name, false, undefined], [name, false, 1_000]]);
  await (await memoryOf({ notes: notesWith(undefined, { write: true }).notes })).remember(true);
});

Deno.test("it is remembered before anything goes on", async () => {
  const kept = Promise.withResolvers<void>();
  const memory = await memoryOf({
    notes: { ...notesWith(undefined).notes, write: () => kept.promise },
  });
  let isDone = false;
  const remembered = memory.remember(true).then(() => isDone = true);
  await Promise.resolve().then(() => {}).then(() => {});
  assert.equal(isDone, false);
  kept.resolve();
  await remembered;
});
