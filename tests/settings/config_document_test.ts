import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import {
  configObject,
  configTexts,
  invalidConfig,
  readConfigDocument,
  refuseOthers,
} from "../../src/settings/config_document.ts";

const path = "/home/ada/config.json";

/** What a person is told of a file that is not as it should be. */
async function refusal(run: () => unknown): Promise<{ what: string; fix: string }> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof ProxyError, String(error));
    assert.deepEqual([error.category, error.reason], [
      "Configuration error",
      "invalid_config_file",
    ]);
    return { what: error.what, fix: error.fix };
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

const wrong = (what: string, fix = "correct the file") => ({
  what: `the configuration file ${path} ${what}`,
  fix: `${fix}, or see docs/settings.md`,
});

Deno.test("a file has defaults, servers and what else there is, with comments and commas", async () => {
  const text = `\ufeff// for everybody
{
  "$schema": "https://a.test/schema.json",
  "defaults": { "oidcScopes": ["a", "b"], "loginTimeout": 7, "noBrowser": true, },
  "servers": { "tools": { "backendUrl": "https://a.test/mcp" }, /* none */ "empty": {} },
  "locked": { "x": null },
}`;
  const document = await readConfigDocument(text, path);
  assert.deepEqual({ ...document, others: JSON.stringify(document.others) }, {
    file: {
      path,
      defaults: { oidcScopes: "a\nb", loginTimeout: "7", noBrowser: "true" },
      servers: { tools: { backendUrl: "https://a.test/mcp" }, empty: {} },
    },
    others: '{"locked":{"x":null}}',
  });
  assert.deepEqual(await readConfigDocument("{}", path), {
    file: { path, defaults: {}, servers: {} },
    others: {},
  });
});

const broken: [text: string, what: string, fix?: string][] = [
  ["", "is not JSON: ValueExpected, line 1"],
  ["[]", "is not understood: it must be an object"],
  ["null", "is not understood: it must be an object"],
  ['"text"', "is not understood: it must be an object"],
  ["{", "is not JSON: CloseBraceExpected, line 1"],
  ['\n{"servers": }\n\n', "is not JSON: ValueExpected, line 2"],
  ['{\n"defaults": {}\n"servers": {}}', "is not JSON: CommaExpected, line 3"],
  ["\ufeff\ufeff{}", "is not JSON: InvalidSymbol, line 1"],
  ['{"defaults": []}', 'is not understood: "defaults" must be an object'],
  ['{"servers": "x"}', 'is not understood: "servers" must be an object'],
  ['{"servers": {"a": 1}}', 'is not understood: "servers.a" must be an object'],
  ['{"servers": {},\n\n"servers": {}}', 'has "servers" twice, line 3'],
  ['{"defaults": {"debug": {"a": [1, 2],\n "a": 1}}}', 'has "a" twice, line 2'],
  ['{"defaults": {"debug": null}}', 'has a value for "defaults.debug" that is no text or number'],
  [
    '{"servers": {"a": {"oidcScopes": ["x", {}]}}}',
    'has a value for "servers.a.oidcScopes" that is no text or number',
  ],
  [
    '{"defaults": {"oidcClient": "x"}}',
    'has the unknown setting "oidcClient" in "defaults"',
    'use "oidcClientId"',
  ],
  ['{"defaults": {"xyzzy": "x"}}', 'has the unknown setting "xyzzy" in "defaults"'],
  ['{"defaults": {"toString": "x"}}', 'has the unknown setting "toString" in "defaults"'],
  [
    '{"servers": {"a": {"config": "x"}}}',
    'has the unknown setting "config" in "servers.a"',
    "remove it and pass --config, since it says which file is read",
  ],
  [
    '{"defaults": {"envFile": "x"}}',
    'has the unknown setting "envFile" in "defaults"',
    "remove it and pass --env-file, since it says which file is read",
  ],
  [
    '{"defaults": {"configs": "x"}}',
    'has the unknown setting "configs" in "defaults"',
  ],
];
for (const [text, what, fix] of broken) {
  Deno.test(`a file is refused: ${JSON.stringify(text)} ${what}`, async () => {
    assert.deepEqual(await refusal(() => readConfigDocument(text, path)), wrong(what, fix));
  });
}

Deno.test("members of the same name in different objects are different settings", async () => {
  const list = '{"locked":[{"a":1},{"a":1},["b",1],["b",2]]}';
  assert.equal(JSON.stringify((await readConfigDocument(list, path)).others), list);
  const text =
    '{"servers": {"a": {"debug": true}, "b": {"debug": false}}, "defaults": {"debug": 1}}';
  const { file } = await readConfigDocument(text, path);
  assert.deepEqual([file.servers, file.defaults], [
    { a: { debug: "true" }, b: { debug: "false" } },
    { debug: "1" },
  ]);
});

Deno.test("another member than those that are known is named, the first of them", async () => {
  const document = (others: Record<string, unknown>) => ({
    file: { path, defaults: {}, servers: {} },
    others,
  });
  refuseOthers(document({}), { known: [] });
  refuseOthers(document({ locked: {}, allowed: 1 }), { known: ["allowed", "locked"] });
  assert.deepEqual(
    await refusal(() =>
      refuseOthers(document({ locked: {}, first: 1, second: 2 }), { known: ["locked"] })
    ),
    wrong('has "first"; only "defaults", "servers" and "locked" are known'),
  );
  assert.deepEqual(
    await refusal(() => refuseOthers(document({ locked: {} }), { known: [], fix: "move it" })),
    wrong('has "locked"; only "defaults" and "servers" are known', "move it"),
  );
});

Deno.test("texts of settings are what stands there, an empty list nothing", async () => {
  const value = {
    oidcClientId: "x",
    loginTimeout: 1.5,
    noCookies: false,
    caCerts: ["a", 2],
    headers: [],
  };
  assert.deepEqual(await configTexts(value, path, "defaults"), {
    oidcClientId: "x",
    loginTimeout: "1.5",
    noCookies: "false",
    caCerts: "a\n2",
    headers: "",
  });
  assert.deepEqual(configObject(value, path, "it"), value);
});

Deno.test("a byte order mark is nothing at the beginning, and a character elsewhere", async () => {
  const { file } = await readConfigDocument('{"defaults": {"profile": "a\ufeffb"}}', path);
  assert.equal(file.defaults.profile, "a\ufeffb");
});

Deno.test("an error of a file has the reason that it is given", () => {
  assert.equal(invalidConfig(path, "is not used", { reason: "other" }).reason, "other");
});
