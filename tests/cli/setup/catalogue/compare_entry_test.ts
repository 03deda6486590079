import assert from "node:assert/strict";
import { compareEntry, decisive } from "../../../../src/cli/setup/catalogue/compare_entry.ts";
import type { Compared, ComparedEntry } from "../../../../src/cli/setup/catalogue/compare_entry.ts";
import type { ConfigTexts } from "../../../../src/settings/config_document.ts";

const source = "https://registry.company.com";
const texts: ConfigTexts = { backendUrl: "https://mcp.company.com/", oidcClientId: "abc" };
const entry = { name: "tools", title: "Tools", description: "What it does", texts };
const file = (path: string, servers: Record<string, ConfigTexts>) => ({
  path,
  servers,
  defaults: {},
});
const own = (before: ConfigTexts) => file("/home/ada/config.json", { tools: before });

interface Row {
  what: string;
  given?: { problem?: string };
  compared: Partial<Compared>;
  expected: Partial<ComparedEntry>;
}
const old = { ...texts, oidcScopes: "old" };
const elsewhere = { ...texts, backendUrl: "https://old.company.com/" };
const rows: Row[] = [
  { what: "no configuration yet", compared: { config: undefined }, expected: { state: "new" } },
  {
    what: "a configuration with others",
    compared: { config: file("/c", { other: texts }) },
    expected: { state: "new" },
  },
  {
    what: "a name that every object has",
    given: { name: "constructor" } as object,
    compared: { config: file("/c", {}), system: file("/s", {}) },
    expected: { name: "constructor", state: "new" },
  },
  { what: "the same", compared: { config: own({ ...texts }) }, expected: { state: "unchanged" } },
  {
    what: "one of the person's own",
    compared: { config: own(old) },
    expected: {
      state: "hidden",
      why: "your own server of this name is in /home/ada/config.json",
    },
  },
  {
    what: "what was written of another catalogue",
    compared: { config: own(old), record: { "https://other": { tools: old } } },
    expected: {
      state: "hidden",
      why: "your own server of this name is in /home/ada/config.json",
    },
  },
  {
    what: "what was written and the person has changed",
    compared: { config: own({ ...old, oidcToken: "id" }), record: { [source]: { tools: old } } },
    expected: {
      state: "hidden",
      why: "your own server of this name is in /home/ada/config.json",
    },
  },
  {
    what: "what was written, where nothing decisive changes",
    compared: {
      config: own(old),
      record: { [source]: { tools: old } },
      holdsCredential: () => Promise.resolve(true),
    },
    expected: { state: "changed", before: old },
  },
  {
    what: "what was written, where nobody is signed in",
    compared: { config: own(elsewhere), record: { [source]: { tools: elsewhere } } },
    expected: { state: "changed", before: elsewhere },
  },
  {
    what: "what was written, where somebody is signed in",
    compared: {
      config: own(elsewhere),
      record: { [source]: { tools: elsewhere } },
      holdsCredential: (name, texts) => Promise.resolve(name === "tools" && texts === elsewhere),
    },
    expected: {
      state: "needs consent",
      why: "you are signed in there, and backendUrl would be another one",
      before: elsewhere,
    },
  },
  {
    what: "one of the administrator's, whatever else there is",
    compared: { config: own(texts), system: file("/etc/config.json", { tools: texts }) },
    expected: {
      state: "hidden",
      isOfSystem: true,
      why: "/etc/config.json has a server of this name",
    },
  },
  {
    what: "others of the administrator's",
    compared: { system: file("/etc/config.json", { other: texts }) },
    expected: { state: "new" },
  },
  {
    what: "what cannot be taken",
    given: { problem: "it sets browser" },
    compared: { system: file("/etc/config.json", { tools: texts }) },
    expected: { problem: "it sets browser", state: "refused", why: "it sets browser" },
  },
];
for (const { what, given, compared, expected } of rows) {
  Deno.test(`a server of a catalogue is compared with ${what}`, async () => {
    const found = await compareEntry({ ...entry, ...given }, {
      source,
      config: undefined,
      system: undefined,
      record: {},
      holdsCredential: () => Promise.resolve(false),
      ...compared,
    } as Compared);
    assert.deepEqual(found, { ...entry, ...expected });
  });
}

Deno.test("a person is asked before any of these would be another one", async () => {
  assert.deepEqual(decisive, [
    ...["backendUrl", "oidcIssuerUrl", "oidcClientId", "oidcMetadataUrl"],
    ...["backendIssuerUrl", "backendClientId"],
  ]);
  for (const option of decisive) {
    for (const before of [{ ...texts, [option]: "old" }, { ...texts, [option]: undefined }]) {
      const present = JSON.parse(JSON.stringify(before));
      const given = { ...entry, texts: { ...texts, [option]: "new" } };
      const found = await compareEntry(given, {
        ...{ source, config: own(present), system: undefined },
        record: { [source]: { tools: present } },
        holdsCredential: () => Promise.resolve(true),
      } as unknown as Compared);
      assert.equal(found.state, "needs consent", option);
    }
  }
  const before = { ...texts, backendUrl: "https://old.test/", oidcClientId: "old" };
  const both = await compareEntry(entry, {
    ...{ source, config: own(before), system: undefined, record: { [source]: { tools: before } } },
    holdsCredential: () => Promise.resolve(true),
  } as unknown as Compared);
  assert.equal(
    both.why,
    "you are signed in there, and backendUrl and oidcClientId would be another one",
  );
});
