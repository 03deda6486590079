import assert from "node:assert/strict";
import { resolve } from "node:path";
import {
  addConfiguredServer,
  isConfidential,
  isSessionOnly,
  putConfiguredServer,
  removeConfiguredServer,
  settingsToWrite,
} from "../../../src/cli/setup/configured_server.ts";
import { optionNames } from "../../../src/settings/options.ts";
import type { ResolvedSettings, SettingSource } from "../../../src/settings/resolve_settings.ts";

type Texts = ResolvedSettings["texts"];

function resolved(
  texts: Texts,
  { sources = {}, server }: {
    sources?: Partial<Record<string, SettingSource>>;
    server?: ResolvedSettings["server"];
  } = {},
): ResolvedSettings {
  const all = Object.fromEntries(
    optionNames.map((name) => [
      name,
      sources[name] ?? (texts[name] === undefined ? "default" : "flag"),
    ]),
  );
  return { texts, sources: all, server } as unknown as ResolvedSettings;
}

const given = { backendUrl: "https://a.test/mcp", oidcClientId: "client" };
const written = (
  from: ResolvedSettings,
  { includeSecret = false, name = "a" } = {},
) => settingsToWrite(from, { includeSecret, name });

/** Options as the table has them. */
const inOrder = (names: readonly string[]) => optionNames.filter((name) => names.includes(name));

Deno.test("what is given is written, and what everybody has anyway is not", () => {
  assert.deepEqual(written(resolved(given)), { texts: given, leftOut: [], confidential: [] });
  for (const source of ["system file", "policy", "config file"] as const) {
    assert.deepEqual(written(resolved(given, { sources: { oidcClientId: source } })).texts, {
      backendUrl: given.backendUrl,
    });
  }
  for (const source of ["environment", "env file", "client"] as const) {
    assert.deepEqual(written(resolved(given, { sources: { oidcClientId: source } })).texts, given);
  }
});

Deno.test("a server under another name gets its own settings again", () => {
  const server = {
    name: "a",
    origin: "config file" as const,
    path: "/config.json",
    texts: { oidcClientId: "client" },
  };
  const sources = { oidcClientId: "config file", oidcScopes: "config file" } as const;
  const texts = { ...given, oidcScopes: "x" };
  assert.deepEqual(written(resolved(texts, { sources, server })).texts, {
    backendUrl: given.backendUrl,
  });
  assert.deepEqual(written(resolved(texts, { sources, server }), { name: "b" }).texts, given);
});

Deno.test("a secret is written only where that is wanted, and both are told", () => {
  const both = { ...given, oidcClientSecret: "s", backendClientSecret: "t" };
  assert.deepEqual(written(resolved({ ...both, oidcTokenParams: "a=b", oidcAuthParams: "c=d" })), {
    texts: { ...given, oidcTokenParams: "a=b", oidcAuthParams: "c=d" },
    leftOut: inOrder(["oidcClientSecret", "backendClientSecret"]),
    confidential: inOrder(["oidcTokenParams", "oidcAuthParams"]),
  });
  const texts = { ...given, oidcClientSecret: "s", oidcTokenParams: "a=b" };
  assert.deepEqual(written(resolved(texts)), {
    texts: { ...given, oidcTokenParams: "a=b" },
    leftOut: ["oidcClientSecret"],
    confidential: ["oidcTokenParams"],
  });
  const all = written(resolved(texts), { includeSecret: true });
  assert.deepEqual(all.texts, texts);
  assert.deepEqual(all.leftOut, []);
  assert.deepEqual([...all.confidential].sort(), ["oidcClientSecret", "oidcTokenParams"]);
});

Deno.test("what is confidential, and what is of one start only", () => {
  const confidential = optionNames.filter(isConfidential).sort();
  assert.deepEqual(confidential, [
    "backendClientSecret",
    "headers",
    "oidcAuthParams",
    "oidcClientSecret",
    "oidcTokenParams",
  ]);
  assert.deepEqual(optionNames.filter(isSessionOnly).sort(), [
    "config",
    "debug",
    "envFile",
    "silent",
  ]);
});

Deno.test("paths lead to the same place from anywhere, and a helper of the terminal is not written", () => {
  assert.equal(written(resolved({ cacheDir: "x" })).texts.cacheDir, resolve("x"));
  for (const home of ["~", "~/x", " ~/x", ""]) {
    assert.equal(written(resolved({ cacheDir: home })).texts.cacheDir, home);
  }
  assert.equal(written(resolved({ cacheDir: "~x" })).texts.cacheDir, resolve("~x"));
  assert.equal(
    written(resolved({ caCerts: "a.pem\nb.pem" })).texts.caCerts,
    `${resolve("a.pem")}\n${resolve("b.pem")}`,
  );
  const texts = { ...given, caCerts: " a.pem\n~/b.pem\n/c.pem", browser: "helper" };
  assert.deepEqual(written(resolved(texts)).texts, {
    ...given,
    caCerts: `${resolve("a.pem")}\n~/b.pem\n/c.pem`,
    browser: "helper",
  });
  assert.equal(
    written(resolved(texts, { sources: { browser: "environment" } })).texts.browser,
    undefined,
  );
  assert.deepEqual(
    written(resolved(given, { sources: { browser: "environment" } })).texts,
    given,
    "nothing else goes with it",
  );
});

Deno.test("what is of one start in a terminal is not written", () => {
  const once = { config: "c.json", envFile: ".env", debug: "true", silent: "true" };
  assert.deepEqual(written(resolved({ ...given, ...once })), {
    texts: given,
    leftOut: [],
    confidential: [],
  });
});

Deno.test("a server is put into the configuration file, and what else is said stays", () => {
  const added = addConfiguredServer(undefined, { name: "a", texts: given });
  assert.deepEqual(JSON.parse(added), { servers: { a: given } });
  const text = `{
  // Ours.
  "servers": { "a": { "oidcClientId": "old", "note": 1 } }
}`;
  const edited = addConfiguredServer(text, { name: "a", texts: given });
  assert.match(edited, /\/\/ Ours\./);
  assert.deepEqual(JSON.parse(edited.replace("// Ours.", "")), {
    servers: { a: { oidcClientId: "client", note: 1, backendUrl: given.backendUrl } },
  });
  assert.equal(addConfiguredServer(edited, { name: "a", texts: given }), edited);
  const put = putConfiguredServer(edited, {
    name: "a",
    texts: { backendUrl: "https://b.test/" },
    before: given,
  });
  assert.deepEqual(JSON.parse(put.replace("// Ours.", "")), {
    servers: { a: { note: 1, backendUrl: "https://b.test/" } },
  });
  assert.equal(removeConfiguredServer(undefined, "a"), "");
  assert.equal(removeConfiguredServer(text, "b"), text);
  assert.deepEqual(JSON.parse(removeConfiguredServer(added, "a")).servers ?? {}, {});
});

Deno.test("values are written as a person writes them in JSON", () => {
  const values = (texts: Texts) =>
    JSON.parse(addConfiguredServer("", { name: "a", texts })).servers.a;
  assert.deepEqual(values({ cacheDir: "/a", headers: "x: 1\ny: 2" }), {
    cacheDir: "/a",
    headers: ["x: 1", "y: 2"],
  });
  assert.deepEqual(values({ strict: "true", oidcDpop: "on" }), { strict: true, oidcDpop: "on" });
  for (const [text, value] of [["0", 0], ["90", 90], ["1.5", "1.5"], ["007", "007"]]) {
    assert.deepEqual(values({ keepAlive: text as string }), { keepAlive: value });
  }
  assert.deepEqual(values({ oidcClientId: "7" }), { oidcClientId: "7" });
});

Deno.test("a server without settings is there all the same", () => {
  for (
    const text of [
      undefined,
      "",
      "{}",
      `{"servers": {}}`,
      `{"servers": {"a": null}}`,
      `{"servers": {"a": 3}}`,
    ]
  ) {
    const added = addConfiguredServer(text, { name: "a", texts: {} });
    assert.deepEqual(JSON.parse(added), { servers: { a: {} } }, text);
  }
});

Deno.test("what is said of a server already stays letter by letter", () => {
  const text = `{"servers": {"a": {"headers": [ "A: b" ] , "backendUrl":"https://a.test/" // mine
}, "b": {"backendUrl": "https://b.test/"}}}`;
  const texts = { headers: "A: b", backendUrl: "https://a.test/" };
  assert.equal(addConfiguredServer(text, { name: "a", texts }), text);
  assert.equal(putConfiguredServer(text, { name: "a", texts, before: texts }), text);
  assert.equal(putConfiguredServer(text, { name: "a", texts }), text);
  assert.equal(
    addConfiguredServer(text, { name: "a", texts: { backendUrl: "https://c.test/" } }),
    text.replace("https://a.test/", "https://c.test/"),
  );
});

Deno.test("one server is taken out, and where it is not, nothing changes", () => {
  const text = `{"servers": {"a": {}, "b": {}}}`;
  assert.equal(removeConfiguredServer(text, "a"), `{"servers": {"b": {}}}`);
  for (const other of ["", " ", "{}", `{"servers": null}`, `{"servers": {"b": {}}}`]) {
    assert.equal(removeConfiguredServer(other, "a"), other);
  }
});

Deno.test("a text is no switch, whatever it says", () => {
  const added = addConfiguredServer("", { name: "a", texts: { backendUrl: "true", strict: "no" } });
  assert.deepEqual(JSON.parse(added).servers.a, { backendUrl: "true", strict: "no" });
});
